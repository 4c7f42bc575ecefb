/* What is rated is saved in the background: every row keeps a queue of what is still to be saved. rate.js adds to it; a row
   of which the server wants to know the driver says so by the event rate:driver, and keeps its job until it is told. */
(() => {
  "use strict";
  const shared = window.csplatform.grid;
  if (!shared) return;
  const { grid, texts, FACETS, say, rowFor, labelOf, show, status, bring, renew, count } = shared;
  const queues = new Map(); // by person: {jobs [{body, url, refused (why, or null)}], busy, halted}
  const undone = []; // ratings saved on this page, the last one last
  const token = () => grid.querySelector("[name=csrfmiddlewaretoken]")?.value || "";

  /* Saving: one request of a row at a time, in order; what failed waits for its retry. What the server refused holds up
     nothing: it is left out until it is sent again or said anew. */
  const queueOf = (person) => {
    if (!queues.has(person)) queues.set(person, { jobs: [], busy: false, halted: false });
    return queues.get(person);
  };
  const RATED = ["strength", ...FACETS.map((facet) => `sentiment_${facet}`)];
  const whole = ({ sentiment, ...rest }) =>
    sentiment ? { ...Object.fromEntries(RATED.slice(1).map((part) => [part, sentiment])), ...rest } : rest;
  /* What is left of a refused body once something later is said, or nothing: no older word is to follow a newer one. */
  const left = (body, later) => {
    if (Array.isArray(later)) return Array.isArray(body) ? null : body; // what is seen is said whole
    const anew = whole(later);
    if (Array.isArray(body)) {
      const again = (stood) => stood.split("|").map((word, at) => (RATED[at] in anew ? "" : word)).join("|");
      return body.map(([name, value]) => [name, name === "again" ? again(value) : value]).filter(([, value]) => /[^|]/.test(value));
    }
    const rest = Object.fromEntries(Object.entries(whole(body)).filter(([part]) => !(part in anew)));
    return RATED.some((part) => part in rest) ? rest : null;
  };
  /* A note that was refused along with what is said anew goes with that. */
  const overtake = (queue, job) => {
    const place = queue.jobs.indexOf(job);
    queue.jobs = queue.jobs.filter((old, at) => {
      if (at >= place || !old.refused) return true;
      const rest = left(old.body, job.body);
      if (!rest && old.body.note) job.body = { note: old.body.note, ...job.body };
      old.body = rest;
      return rest;
    });
  };
  const save = (row, body, url = row.dataset.url) => {
    const queue = queueOf(row.dataset.person);
    const job = { body, url, refused: null };
    queue.jobs.push(job);
    overtake(queue, job);
    queue.halted = false;
    pump(row.dataset.person);
  };
  const pump = async (person) => {
    const queue = queueOf(person);
    if (queue.busy || queue.halted) return;
    const job = queue.jobs.find((one) => !one.refused);
    if (!job) return remind(person);
    queue.busy = true;
    status(rowFor(person), texts.saving, "busy");
    const answer = await send(job);
    queue.busy = false;
    if (answer.ok) {
      queue.jobs = queue.jobs.filter((one) => one !== job);
      settle(person, answer, queue.jobs);
    } else if (answer.refused) refuse(person, job, answer);
    else {
      queue.halted = true;
      status(rowFor(person), `${texts.unsaved}: ${answer.words}`, "bad", "again");
      tell(person, answer);
    }
    pump(person);
  };
  const tell = (person, { words }) => say(`${rowFor(person).dataset.name}: ${texts.unsaved}. ${words}`);
  const refuse = (person, job, answer) => {
    const queue = queueOf(person);
    job.refused = answer;
    for (const later of queue.jobs.slice(queue.jobs.indexOf(job) + 1)) overtake(queue, later);
    if (!queue.jobs.includes(job)) return;
    tell(person, answer);
    if (answer.code === "needs_driver") rowFor(person).dispatchEvent(new CustomEvent("rate:driver", { bubbles: true, detail: job }));
  };
  /* A form that was refused is corrected rather than sent again. */
  const isForm = (job) => Array.isArray(job.body) && job.refused && job.refused.code !== "needs_driver";
  /* Where nothing else is to be sent, the row says what was refused. */
  const remind = (person) => {
    const job = queueOf(person).jobs.at(-1);
    if (job) status(rowFor(person), `${texts.unsaved}: ${job.refused.words}`, "bad", isForm(job) ? "form" : "again");
  };
  const send = async ({ body, url }) => {
    const shell = document.getElementById("texts").dataset;
    try {
      const answer = await fetch(url, {
        method: "POST",
        headers: { "HX-Request": "true", "X-CSRFToken": token() },
        body: new URLSearchParams(body),
        signal: AbortSignal.timeout(15000),
      });
      if (answer.redirected) return { ok: false, words: texts.signedOut };
      if (answer.status === 422) {
        const said = await answer.json();
        return { ok: false, refused: true, code: said.code, words: said.detail };
      }
      if (answer.ok) return { ok: true, html: await answer.text() };
      const words = { 403: shell.denied, 429: shell.busy, 503: shell.busy }[answer.status] || shell.failed;
      return { ok: false, refused: answer.status === 404, words }; // whoever, or whatever, is gone stays so
    } catch {
      return { ok: false, words: shell.offline };
    }
  };
  const settle = (person, answer, waiting) => {
    const page = new DOMParser().parseFromString(answer.html, "text/html");
    const body = page.querySelector("tbody");
    if (!body) return;
    if (body.dataset.rating) undone.push({ person, rating: body.dataset.rating });
    const account = page.querySelector("tr[data-account]");
    bring(grid.querySelector(`tr[data-account="${account.dataset.account}"]`), account);
    const row = rowFor(person);
    if (waiting.every((job) => job.refused)) {
      renew(row, page.querySelector("tr[data-person]"));
      for (const job of waiting) showRefused(row, job.body);
    }
    const word = body.dataset.rating ? texts.saved : texts.undone;
    const delta = account.querySelector(".rate-score .delta")?.firstChild?.textContent || "";
    const parts = [labelOf(row, "strength"), labelOf(row, "sentiment")].join(", ");
    const score = body.dataset.score ? `, ${texts.score} ${body.dataset.score} ${delta}` : "";
    say(`${row.dataset.name}: ${parts}, ${word}${score}`);
    count();
  };
  /* What was refused shows on top of what the server has, as long as the row says that it is not saved. */
  const showRefused = (row, body) => {
    const rated = Object.entries(whole(body)).filter(([part]) => RATED.includes(part));
    show(row, Object.fromEntries(rated.map(([part, value]) => [part.replace("sentiment_", ""), value])));
  };
  const retry = (person) => {
    const queue = queueOf(person);
    for (const job of queue.jobs) if (!isForm(job)) job.refused = null;
    queue.halted = false;
    pump(person);
  };
  /* What a job was refused for is added to it, as pairs where a form gave it, and it is sent again. */
  const complete = (person, job, parts) => {
    job.body = Array.isArray(job.body) ? [...job.body, ...Object.entries(parts)] : { ...job.body, ...parts };
    job.refused = null;
    queueOf(person).halted = false;
    pump(person);
  };
  /* What was entered in the form of what is seen, as pairs, and why it was refused. */
  const refusedForm = (person) => queueOf(person).jobs.find((job) => Array.isArray(job.body) && job.refused);
  const unsaved = () => [...queues.values()].some((queue) => queue.jobs.length);
  const waits = (person) => queueOf(person).jobs.length > 0;

  Object.assign(shared, { save, retry, complete, unsaved, waits, refusedForm, undone });
})();
