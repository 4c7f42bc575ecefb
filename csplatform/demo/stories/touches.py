"""What was said with the twelve accounts: meetings, calls and mails, with what each person thought, felt and did."""

from csplatform.demo.shapes import Met, Said

PRO, RE = "proactive", "reactive"
IN, OUT = "inbound", "outbound"

TOUCHES: dict[str, list[Met]] = {
    "crm-1001": [
        Met(74, "call", "What the second year would cost", "renewal", RE, IN,
            {"Eli Farraday": Said("It has to pay for itself by June", "Cautious", "Asked for a figure in writing")}),
        Met(34, "meeting", "Exports: what works and what does not", "adoption", PRO, OUT,
            {"Dana Whitlock": Said("We can live with it until spring", "Patient", "Drew the export they need"),
             "Gita Rao": Said("The planning view saves me an hour", "Pleased", "Showed it to her shift")}),
        Met(20, "meeting", "Roadmap review with the board", "review", PRO, OUT,
            {"Dana Whitlock": Said("This is what my board asked for", "Proud", "Presented it herself")}),
        Met(3, "mail", "Ines says goodbye and names nobody", "community", RE, IN,
            {"Ines Castel": Said("", "Moved", "Offered to introduce us to her new company")}),
    ],
    "crm-1002": [
        Met(82, "meeting", "Fuel savings: nine per cent in the first half", "review", PRO, OUT,
            {"Morten Aas": Said("This is what I promised them", "Satisfied", "Forwarded the figures to finance")}),
        Met(13, "call", "Morten tells us that he leaves", "community", RE, IN,
            {"Morten Aas": Said("Nobody has been named yet", "Sorry to go", "Gave us Irina's direct line")}),
        Met(9, "mail", "First mail to Irina, no answer so far", "renewal", PRO, OUT, {"Irina Solberg": Said()}),
    ],
    "crm-1003": [
        Met(43, "call", "Duplicate sensor feed, second time this month", "support", RE, IN,
            {"Mina Kovac": Said("Nobody reads my tickets", "Angry", "Copied her director"),
             "Jonas Ibsen": Said("I recommended you to them", "Let down", "")}),
        Met(30, "mail", "Who is our contact for incidents?", "support", RE, IN,
            {"Jonas Ibsen": Said("We are one of many to you", "Ignored", "Wrote to sales instead")}),
        Met(15, "meeting", "Quarterly review, cut short", "review", RE, OUT,
            {"Rosalind Achterberg": Said("We cannot switch before next year", "Resigned", "Left after twenty minutes")}),
    ],
    "crm-1004": [
        Met(60, "event", "Open day for schools", "community", PRO, OUT,
            {"Beatriz Lopes": Said("I tell everybody about you", "Enthusiastic", "Brought two colleagues")}),
        Met(25, "call", "Start of the term", "training", PRO, OUT,
            {"Beatriz Lopes": Said("The new teachers never had the training", "A little guilty", "Asked for a refresher"),
             "Imani Okafor": Said("", "Relaxed", "")}),
    ],
    "crm-1005": [
        Met(190, "meeting", "A good year, said the team", "review", PRO, OUT,
            {"Maren Keller": Said("We use it every day", "Happy", "Showed us the new line")}),
        Met(21, "mail", "Notice of termination, signed by Viktor", "leaving", RE, IN,
            {"Viktor Reuter": Said("I never saw what it brings", "Indifferent", "Signed with a competitor")}),
    ],
    "crm-1007": [
        Met(25, "call", "Warm as always", "review", PRO, OUT,
            {"Cyrus Rahman": Said("Good value", "Friendly", "Asked about our families")}),
        Met(16, "meeting", "At the trade fair, with Ben", "community", RE, IN,
            {"Cyrus Rahman": Said("I am looking at two others", "Cool", "Took a brochure from a competitor")}),
        Met(6, "call", "Petra on the next quarter", "adoption", PRO, OUT,
            {"Petra Winther": Said("The team would not want to change", "Calm", "")}),
    ],
    "crm-1008": [
        Met(27, "meeting", "Last review with Marco", "review", PRO, OUT,
            {"Odile Laurent": Said("We liked Marco", "Wary", "Asked who comes after him")}),
        Met(10, "mail", "Introduction of the new contact", "handover", PRO, OUT,
            {"Odile Laurent": Said("", "Open", "Answered within the hour"), "Hector Almeida": Said()}),
    ],
    "crm-1009": [
        Met(71, "call", "Six hours down, every hour a call", "support", RE, IN,
            {"Leila Abbas": Said("You cost us a day of sales", "Furious", "Asked for the contract"),
             "Olaf Sorensen": Said("I believed you", "Betrayed", "")}),
        Met(60, "meeting", "What happened, and what changes", "support", RE, OUT,
            {"Leila Abbas": Said("At last somebody explains it", "Calmer", "Asked for dates, got them"),
             "Sanne Verhoeven": Said("The status page is what I need", "Hopeful", "Wrote the list herself")}),
        Met(18, "call", "The status page is live", "adoption", PRO, OUT,
            {"Sanne Verhoeven": Said("My operators stopped calling me", "Relieved", "Put it on the wall")}),
        Met(8, "meeting", "First review since the outage", "review", PRO, OUT,
            {"Leila Abbas": Said("You kept every date", "Trusting", "Offered to be a reference")}),
    ],
    "crm-1010": [
        Met(37, "meeting", "Kick-off", "onboarding", PRO, OUT,
            {"Juno Ramos": Said("We want to be live in two weeks", "Eager", "Booked the training"),
             "Rafa Vasquez": Said("Our file is a mess", "Worried", "")}),
        Met(29, "call", "The import fails", "onboarding", RE, IN,
            {"Rafa Vasquez": Said("I do not have time for this", "Annoyed", "Stopped after the second try")}),
        Met(14, "call", "Nobody has touched the file since", "onboarding", PRO, OUT,
            {"Juno Ramos": Said("My boss asks what we pay for", "Embarrassed", "Promised the file by Friday")}),
    ],
    "crm-1011": [
        Met(50, "event", "Noor speaks at our user day", "community", PRO, OUT,
            {"Noor Petrov": Said("I would do it again", "Proud", "Stayed for questions")}),
        Met(22, "meeting", "Two more branches", "expansion", PRO, OUT,
            {"Ada Lindqvist": Said("The others ask for it", "Confident", "Named the budget"),
             "Noor Petrov": Said("", "Delighted", "Drew the plan")}),
    ],
    "crm-1012": [
        Met(88, "call", "The third request for a custom module", "support", RE, IN,
            {"Zadie Thorne": Said("You promised it in the sale", "Irritated", "Sent the same mail again")}),
        Met(31, "meeting", "What we build and what we do not", "review", PRO, OUT,
            {"Gael Moreau": Said("Then it is the wrong tool for us", "Disappointed", "Asked when the contract ends")}),
    ],
}  # fmt: skip
