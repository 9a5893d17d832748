"use strict";
// Search and sorting of long tables; without this script they are whole, in the order of the file.
for (const table of document.querySelectorAll(".long")) {
  const body = table.querySelector(".body");
  const inOrder = () => [...body.querySelectorAll(".row")];
  const rows = inOrder();
  const search = document.querySelector("input[data-for=" + table.id + "]");
  const shown = document.querySelector("output[data-for=" + table.id + "]");

  // What a row is found by: its own text, and the names in the sets of products that it refers to.
  let index = null;
  const text = element => element.textContent.toLowerCase();
  const indexed = () => {
    const sets = new Map([...document.querySelectorAll("[data-set]")].map(set => [set.dataset.set, text(set)]));
    return rows.map(row => text(row) + " " + (row.dataset.sets || "").split(" ").map(set => sets.get(set) || "").join(" "));
  };
  const find = () => {
    index = index || indexed();
    const words = search.value.toLowerCase().split(/\s+/).filter(word => word);
    let found = 0;
    rows.forEach((row, at) => {
      const hit = words.every(word => index[at].includes(word));
      if (row.hidden === hit) row.hidden = !hit;
      found += hit;
    });
    shown.value = found === rows.length ? found.toLocaleString("en") : found.toLocaleString("en") + " of " + rows.length.toLocaleString("en");
  };
  search.addEventListener("input", find);
  shown.value = rows.length.toLocaleString("en");

  // A cell sorts by `data-sort` where it has one. Equal rows keep the order they have.
  const order = new Intl.Collator("en", {numeric: true}).compare;
  const heads = [...table.querySelector(".head").children];
  heads.forEach((head, column) => head.querySelector("button").addEventListener("click", () => {
    const up = head.getAttribute("aria-sort") !== "ascending";
    for (const other of heads) other.removeAttribute("aria-sort");
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
    const key = row => { const cell = row.children[column]; return cell.dataset.sort ?? cell.textContent.trim(); };
    const current = inOrder().map(row => [key(row), row]);
    current.sort(([one], [other]) => up ? order(one, other) : order(other, one));
    const pieces = [...body.children];
    const size = pieces[0]?.children.length;
    pieces.forEach((piece, at) => piece.replaceChildren(...current.slice(at * size, (at + 1) * size).map(([, row]) => row)));
  }));
}
// What is told of a row is unfolded; a reference in it to a set of products leads there, and opens it.
addEventListener("click", event => {
  const more = event.target.closest?.(".more");
  if (!more) return;
  more.setAttribute("aria-expanded", more.getAttribute("aria-expanded") !== "true");
  const lines = more.nextElementSibling;
  if (lines.children.length) return;
  const pieces = lines.textContent.split(/(set \d+ \()/);
  lines.replaceChildren(...pieces.map((piece, at) => {
    if (at % 2 === 0) return piece;
    const link = document.createElement("a");
    link.href = "#set-" + piece.match(/\d+/)[0];
    link.textContent = piece.slice(0, -2);
    const both = document.createDocumentFragment();
    both.append(link, " (");
    return both;
  }));
});
addEventListener("hashchange", () => {
  const set = document.getElementById(location.hash.slice(1));
  if (set instanceof HTMLDetailsElement) { set.open = true; set.scrollIntoView(); }
});
// On paper nothing can be opened.
let closed = [];
addEventListener("beforeprint", () => { closed = [...document.querySelectorAll("details:not([open])")]; for (const one of closed) one.open = true; });
addEventListener("afterprint", () => { for (const one of closed) one.open = false; });
