"use strict";
(() => {
  const root = document.documentElement;
  const live = document.getElementById("live");
  const make = (name, properties = {}) => Object.assign(document.createElement(name), properties);

  // Theme: as the system, light, dark. Pages opened from a file may not keep the choice.
  const themes = { "": "as the system", light: "light", dark: "dark" };
  const toggle = document.getElementById("theme");
  const kept = { get() { try { return localStorage.getItem("lsdm-theme") || ""; } catch { return ""; } },
                 set(value) { try { localStorage.setItem("lsdm-theme", value); } catch { /* not kept */ } } };
  const show = (theme) => {
    root.dataset.theme = theme;
    toggle.textContent = `Theme: ${themes[theme]}`;
  };
  show(kept.get() in themes ? kept.get() : "");
  toggle.hidden = false;
  toggle.addEventListener("click", () => {
    const names = Object.keys(themes);
    const next = names[(names.indexOf(root.dataset.theme) + 1) % names.length];
    show(next);
    kept.set(next);
  });

  // Tables: every heading sorts; a table with filters has a field for words, and one for each column of few choices.
  const number = /^[−+-]?(?:\d[\d,]*\.?\d*|\.\d+)(?:e[+−-]?\d+)?$/i;
  const worth = (cell) => {
    const text = (cell?.dataset.value ?? cell?.textContent ?? "").trim();
    const plain = text.replace(/−/g, "-").replace(/,/g, "");
    return number.test(text) ? Number(plain) : text.toLowerCase();
  };
  const compare = (a, b) => {
    if (typeof a !== typeof b) return typeof a === "number" ? -1 : 1; // numbers first, whatever the direction
    return typeof a === "number" ? a - b : a.localeCompare(b, "en", { numeric: true });
  };
  const sort = (table, heading, place) => {
    const falling = heading.getAttribute("aria-sort") === "ascending";
    table.querySelectorAll("thead th").forEach((other) => other.removeAttribute("aria-sort"));
    heading.setAttribute("aria-sort", falling ? "descending" : "ascending");
    const body = table.tBodies[0];
    const rows = [...body.rows].map((row) => [worth(row.cells[place]), row]);
    rows.sort(([a], [b]) => (falling && typeof a === typeof b ? compare(b, a) : compare(a, b)));
    body.append(...rows.map(([, row]) => row));
    live.textContent = `Sorted by ${heading.textContent}, ${falling ? "falling" : "rising"}`;
  };
  const sortable = (table) => [...table.tHead.rows[0].cells].forEach((heading, place) => {
    if ("plain" in heading.dataset) return;
    const button = make("button", { type: "button" });
    button.append(...heading.childNodes);
    heading.append(button);
    button.addEventListener("click", () => sort(table, heading, place));
  });
  const filterable = (table, holder) => {
    const rows = [...table.tBodies[0].rows];
    const fields = make("div", { className: "fields" });
    const field = (text, control) => {
      const label = make("label", { textContent: text });
      label.append(control);
      fields.append(label);
      control.addEventListener("input", apply);
      return control;
    };
    const count = make("output");
    const words = field("words", make("input", { type: "search", placeholder: "all", size: 14 }));
    const choices = [...table.tHead.rows[0].cells].flatMap((heading, place) => {
      if (!("choice" in heading.dataset)) return [];
      const values = [...new Set(rows.map((row) => shown(row.cells[place])))].sort();
      const select = field(heading.textContent, make("select"));
      select.append(make("option", { value: "", textContent: "all" }),
                    ...values.map((value) => make("option", { value, textContent: value })));
      return [[place, select]];
    });
    function shown(cell) {
      const sign = cell.querySelector(".sign")?.textContent ?? "";
      return cell.textContent.trim().slice(sign.length).trim();
    }
    function apply() {
      const wanted = words.value.toLowerCase().split(/\s+/).filter(Boolean);
      for (const row of rows) {
        const text = row.textContent.toLowerCase();
        row.hidden = !wanted.every((word) => text.includes(word)) ||
          !choices.every(([place, select]) => !select.value || shown(row.cells[place]) === select.value);
      }
      count.textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length} rows`;
    }
    apply();
    count.setAttribute("aria-live", "polite");
    fields.append(count);
    holder.prepend(fields);
  };
  // A box can be reached by keyboard where its table is wider than it.
  const reach = new ResizeObserver((entries) => entries.forEach(({ target }) => {
    const wide = target.scrollWidth > target.clientWidth + 1;
    if (!wide) return ["tabindex", "role", "aria-label"].forEach((name) => target.removeAttribute(name));
    target.tabIndex = 0;
    target.setAttribute("role", "group");
    target.setAttribute("aria-label", target.dataset.name);
  }));
  document.querySelectorAll(".box, .statement, .context").forEach((box) => {
    box.dataset.name ??= "Statement";
    reach.observe(box);
  });
  document.querySelectorAll(".table").forEach((holder) => {
    const table = holder.querySelector("table");
    if (holder.classList.contains("filters")) filterable(table, holder.closest(".table"));
    sortable(table);
  });

  // Figures: the drawing itself moves into the dialog and back, so that nothing is on the page twice.
  const dialog = document.getElementById("enlarged");
  const place = dialog.querySelector(".card");
  let home = null;
  document.querySelectorAll("figure").forEach((figure) => {
    const card = figure.querySelector(".card");
    const button = figure.querySelector(".enlarge");
    const enlarge = () => {
      home = card;
      card.style.minHeight = `${card.offsetHeight}px`;
      place.append(card.firstElementChild);
      document.getElementById("enlarged-title").textContent = figure.querySelector("figcaption").textContent;
      button.focus();
      dialog.showModal();
    };
    button.hidden = false;
    button.addEventListener("click", enlarge);
    card.addEventListener("click", enlarge);
  });
  dialog.addEventListener("close", () => {
    home.append(place.firstElementChild);
    home.style.minHeight = "";
  });
  dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });

  // A link to something within a closed part opens it.
  const reveal = () => {
    const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    for (let part = target; part; part = part.parentElement) if (part.tagName === "DETAILS") part.open = true;
    target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);
  reveal();

  // On a narrow screen the contents start closed.
  if (matchMedia("(max-width: 70rem)").matches) document.getElementById("contents").open = false;
})();
