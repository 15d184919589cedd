// Filters, sorting and folding. The page says everything without it.
(() => {
  "use strict";
  const make = (tag, properties = {}, ...children) => {
    const element = Object.assign(document.createElement(tag), properties);
    element.append(...children);
    return element;
  };
  const words = (row) => row.textContent.toLowerCase();

  const sortable = (table) => {
    const body = table.tBodies[0];
    const first = [...body.rows];
    const order = new Intl.Collator("en", { numeric: true });
    for (const [column, head] of [...table.tHead.rows[0].cells].entries()) {
      // The words stay outside the button: a browser that repeats the head on each printed page leaves buttons out.
      const button = make("button", { type: "button", ariaLabel: `sort by ${head.textContent}` });
      // Up, down, and back to the order in which the page came.
      head.addEventListener("click", () => {
        const next = { ascending: "descending", descending: "" }[head.getAttribute("aria-sort")] ?? "ascending";
        for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
        if (next) head.setAttribute("aria-sort", next);
        const text = (row) => row.cells[column].textContent.trim();
        const sign = next === "descending" ? -1 : 1;
        body.append(...(next ? [...first].sort((a, b) => order.compare(text(a), text(b)) * sign) : first));
      });
      head.classList.add("sort");
      head.append(button);
    }
  };

  const choice = (label, facet, rows) => {
    const select = make("select", {}, make("option", { value: "", textContent: "all" }));
    for (const value of new Set(rows.map((row) => row.dataset[facet]))) {
      select.append(make("option", { value, textContent: value }));
    }
    return [select, make("label", {}, label, select)];
  };

  const filterable = (table) => {
    const rows = [...table.tBodies[0].rows];
    const search = make("input", { type: "search" });
    const status = make("output");
    const choices = [];
    const tools = make("div", { className: "tools" }, make("label", {}, "Filter by text", search));
    tools.setAttribute("role", "search");
    tools.setAttribute("aria-label", table.getAttribute("aria-label"));
    for (const pair of (table.dataset.facets || "").split(";").filter(Boolean)) {
      const [label, facet] = pair.split("=");
      const [select, field] = choice(label, facet, rows);
      choices.push([facet, select]);
      tools.append(field);
    }
    const apply = () => {
      const wanted = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      for (const row of rows) {
        const fits = choices.every(([facet, select]) => !select.value || row.dataset[facet] === select.value)
          && wanted.every((word) => words(row).includes(word));
        row.hidden = !fits;
        shown += fits;
      }
      status.value = `${shown} of ${rows.length} rows`;
    };
    for (const control of [search, ...choices.map(([, select]) => select)]) control.addEventListener("input", apply);
    tools.append(status);
    table.before(tools);
    apply();
  };

  for (const table of document.querySelectorAll("table")) {
    const rows = table.tBodies[0].rows.length;
    if (rows > 1) sortable(table);
    if (rows > 12 || (rows > 1 && table.dataset.facets)) filterable(table);
  }

  const folds = [...document.querySelectorAll("details")];
  const phases = folds.filter((fold) => fold.className === "phase");
  if (phases.length) {
    const all = (word, open) => {
      const button = make("button", { type: "button", textContent: word });
      button.addEventListener("click", () => phases.forEach((fold) => { fold.open = open; }));
      return button;
    };
    phases[0].before(make("p", { className: "buttons" }, all("Open all phases", true), " ", all("Close all phases", false)));
  }
  const reveal = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (target instanceof HTMLDetailsElement) target.open = true;
  };
  addEventListener("hashchange", reveal);
  reveal();

  let closed = [];
  addEventListener("beforeprint", () => {
    closed = folds.filter((fold) => !fold.open);
    closed.forEach((fold) => { fold.open = true; });
  });
  addEventListener("afterprint", () => closed.forEach((fold) => { fold.open = false; }));
})();
