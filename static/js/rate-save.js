/* What is rated is saved in the background: every row keeps a queue of what is still to be saved. rate.js adds to it; a row
   of which the server wants to know the driver says so by the event rate:driver, and keeps its job until it is told. */
(() => {
  "use strict";
  const shared = window.csplatform.grid;
  if (!shared) return;
  const { grid, texts, FACETS, say, rowFor, labelOf, status, bring, renew, count } = shared;
  const queues = new Map(); // by person: {jobs, busy, halted}
  const undone = []; // ratings saved on this page, the last one last
  const token = () => grid.querySelector("[name=csrfmiddlewaretoken]")?.value || "";

  /* Saving: one request of a row at a time, in order; what failed waits for its retry. */
  const queueOf = (person) => {
    if (!queues.has(person)) queues.set(person, { jobs: [], busy: false, halted: false });
    return queues.get(person);
  };
  /* What was refused and then said anew is not sent again. */
  const parts = (body) => Object.keys(body).flatMap((name) => (name === "sentiment" ? FACETS.map((facet) => `sentiment_${facet}`) : name));
  const overtaken = (job, body) => job.refused && !Array.isArray(job.body) && parts(job.body).every((part) => parts(body).includes(part));
  const save = (row, body, url = row.dataset.url) => {
    const queue = queueOf(row.dataset.person);
    queue.jobs = queue.jobs.filter((job) => !overtaken(job, body));
    queue.jobs.push({ body, url });
    queue.halted = false;
    pump(row.dataset.person);
  };
  const pump = async (person) => {
    const queue = queueOf(person);
    if (queue.busy || queue.halted || !queue.jobs.length) return;
    queue.busy = true;
    const job = queue.jobs[0];
    job.refused = false;
    status(rowFor(person), texts.saving, "busy");
    const answer = await send(job);
    queue.busy = false;
    if (answer.ok) {
      queue.jobs.shift();
      settle(person, answer, queue.jobs.length === 0);
      pump(person);
      return;
    }
    const row = rowFor(person);
    queue.halted = true;
    job.refused = answer.code === "needs_driver";
    if (job.refused) {
      row.dispatchEvent(new CustomEvent("rate:driver", { bubbles: true, detail: job }));
    }
    status(row, `${texts.unsaved}: ${answer.words}`, "bad", true);
    say(`${row.dataset.name}: ${texts.unsaved}. ${answer.words}`);
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
        return { ok: false, code: said.code, words: said.detail };
      }
      if (answer.ok) return { ok: true, html: await answer.text() };
      const words = { 403: shell.denied, 429: shell.busy, 503: shell.busy }[answer.status] || shell.failed;
      return { ok: false, words };
    } catch {
      return { ok: false, words: shell.offline };
    }
  };
  const settle = (person, answer, last) => {
    const page = new DOMParser().parseFromString(answer.html, "text/html");
    const body = page.querySelector("tbody");
    if (!body) return;
    if (body.dataset.rating) undone.push({ person, rating: body.dataset.rating });
    const account = page.querySelector("tr[data-account]");
    bring(grid.querySelector(`tr[data-account="${account.dataset.account}"]`), account);
    const row = rowFor(person);
    if (last) renew(row, page.querySelector("tr[data-person]"));
    const word = body.dataset.rating ? texts.saved : texts.undone;
    const delta = account.querySelector(".rate-score .delta")?.firstChild?.textContent || "";
    const parts = [labelOf(row, "strength"), labelOf(row, "sentiment")].join(", ");
    const score = body.dataset.score ? `, ${texts.score} ${body.dataset.score} ${delta}` : "";
    say(`${row.dataset.name}: ${parts}, ${word}${score}`);
    count();
  };
  const retry = (person) => {
    queueOf(person).halted = false;
    pump(person);
  };
  /* What a job was refused for is added to it, as pairs where a form gave it, and it is sent again. */
  const complete = (person, job, parts) => {
    job.body = Array.isArray(job.body) ? [...job.body, ...Object.entries(parts)] : { ...job.body, ...parts };
    retry(person);
  };
  const unsaved = () => [...queues.values()].some((queue) => queue.jobs.length);

  Object.assign(shared, { save, retry, complete, unsaved, undone });
})();
