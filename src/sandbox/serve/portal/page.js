"use strict";
// Reads the organization as any client of the API does, and shows it. Whatever comes is written as text, never as markup.

const KEPT = "seatwise-token";
const AT_ONCE = 200;
const element = id => document.getElementById(id);
const count = number => number.toLocaleString("en");
const pause = seconds => new Promise(done => setTimeout(done, seconds * 1000));

// What is behind `#`: the key, which is taken out at once, the tab, and what is searched for.
const behind = () => new URLSearchParams(location.hash.slice(1));
const kept = behind();
const key = kept.get("key");
kept.delete("key");
const keep = () => history.replaceState(null, "", location.pathname + (kept.size ? "#" + kept : ""));
if (key) keep();

class Closed extends Error {}

async function token() {
  if (key && !token.shown) {
    token.shown = true;
    const answer = await fetch("portal/token", {method: "POST", body: key});
    if (answer.ok) sessionStorage.setItem(KEPT, (await answer.json()).access_token);
    // Who goes back to the link has its token still.
    else if (!sessionStorage.getItem(KEPT)) throw new Closed();
  }
  const known = sessionStorage.getItem(KEPT);
  if (!known) throw new Closed();
  return known;
}

async function get(path) {
  const shown = await token();
  for (let tries = 1; ; tries++) {
    const answer = await fetch(path, {headers: {authorization: "Bearer " + shown}}).catch(() => null);
    if (answer && answer.ok) return answer.json();
    if (answer && answer.status === 401) { sessionStorage.removeItem(KEPT); throw new Closed(); }
    const passes = !answer || answer.status === 429 || answer.status >= 500;
    if (!passes || tries === 8) throw new Error(answer ? "the service answered " + answer.status : "the service could not be reached");
    await pause(Number(answer?.headers.get("retry-after")) || Math.min(tries, 4) / 4);
  }
}

async function list(name, heard) {
  const rows = [];
  let cursor = null;
  do {
    const page = await get("v1/" + name + "?limit=1000" + (cursor ? "&cursor=" + encodeURIComponent(cursor) : ""));
    rows.push(...page.items);
    heard(page.items.length);
    cursor = page.next;
  } while (cursor);
  return rows;
}

const LISTS = ["users", "groups", "memberships", "roles", "assignments", "checkouts", "restrictions", "contracts", "products", "audit"];

async function read(heard) {
  const about = await get("v1/organization");
  const rows = await Promise.all(LISTS.map(name => list(name, heard)));
  return {about, ...Object.fromEntries(LISTS.map((name, at) => [name, rows[at]]))};
}

// A cell is a list of lines; a line is a text, or a text of a kind.
const soft = text => ({text, kind: "soft"});
const warn = text => ({text, kind: "warn"});
const words = (names, label) => names?.length ? [label ? label + ": " + names.join(", ") : names.join(", ")] : [];
const when = text => text.replace("T", " ").replace(/:\d\d(\.\d+)?Z$/, " UTC");
const byUser = rows => new Map(rows.map(row => [row.user, row]));

function people(all) {
  const [groups, roles, assignments, checkouts] = ["memberships", "roles", "assignments", "checkouts"].map(name => byUser(all[name]));
  return all.users.map(user => {
    const {allowed, denied, licences} = assignments.get(user.id) ?? {};
    const taken = checkouts.get(user.id)?.checkouts.map(one => one.product + " on " + one.machine + " until " + when(one.expires));
    const products = [
      ...words(allowed), ...words(licences?.map(one => one.product), "named licence"), ...words(denied, "denied"), ...words(taken, "checked out"),
    ];
    const country = user.entitlement_country ? [user.country, soft("entitled in " + user.entitlement_country)] : [user.country];
    const name = [user.first_name + " " + user.last_name, soft(user.email)];
    // Who is invited comes in by themselves; the others are somebody's to look at.
    const state = user.state === "locked" || user.state === "pending" ? warn(user.state) : user.state;
    return [name, [state], country,
      words(roles.get(user.id)?.roles), words(groups.get(user.id)?.groups), products];
  });
}

function groups(all) {
  const members = new Map();
  for (const row of all.memberships) for (const group of row.groups) members.set(group, (members.get(group) ?? 0) + 1);
  return all.groups.map(group => [
    group.description ? [group.name, soft(group.description)] : [group.name], [group.kind], group.country ? [group.country] : [],
    [count(members.get(group.name) ?? 0)], words(group.products),
  ]);
}

function products(all) {
  const assigned = new Map();
  const add = product => assigned.set(product, (assigned.get(product) ?? 0) + 1);
  for (const row of all.assignments) { row.allowed.forEach(add); row.licences.forEach(one => add(one.product)); }
  const owned = new Map();
  for (const contract of all.contracts) {
    for (const one of contract.owned) owned.set(one.product, [...(owned.get(one.product) ?? []), {country: contract.country, quantity: one.quantity}]);
  }
  return all.products.map(product => {
    const paid = owned.get(product.id) ?? [];
    const sum = paid.reduce((sum, one) => sum + (one.quantity ?? 0), 0);
    const used = assigned.get(product.id) ?? 0;
    const unlimited = paid.filter(one => one.quantity === undefined).map(one => one.country);
    const where = [
      ...paid.filter(one => one.quantity !== undefined).map(one => count(one.quantity) + " " + one.country),
      ...(unlimited.length ? ["unlimited " + unlimited.join(", ")] : []),
    ];
    const over = product.licence === "named" && used > sum;
    return [
      [product.name || product.id, soft(product.number ? product.id + ", " + product.number : product.id)], [product.licence],
      paid.length ? [count(sum), soft(where.join(", "))] : [soft("no contract")],
      [over ? warn(count(used)) : count(used)], product.list_price ? [product.list_price] : [],
    ];
  });
}

const SETTINGS = {everyone: ["everyone"], nobody: ["selected people", soft("by name or by the list of a group")]};

function restrictions(all) {
  const names = new Map(all.products.map(product => [product.id, product.name]));
  return all.restrictions.map(row => [
    row.product ? [names.get(row.product) || row.product, soft(row.product)] : ["Default of " + row.country, soft("every product without a setting")],
    [row.country ?? "everywhere"], SETTINGS[row.setting] ?? [row.setting],
  ]);
}

const told = value => {
  if (value === null || value === "" || value?.length === 0) return "nothing";
  if (Array.isArray(value)) return value.map(told).join(", ");
  return typeof value === "object" ? Object.entries(value).map(([name, one]) => name.replaceAll("_", " ") + " " + told(one)).join(", ") : String(value);
};

function audit(all) {
  return all.audit.toReversed().map(({number, at, actor, key, act: {act, ...rest}}) => [
    [act.replaceAll("_", " ")], Object.entries(rest).map(([name, value]) => name.replaceAll("_", " ") + ": " + told(value)),
    [actor], [when(at)], [count(number), ...(key ? [soft(key)] : [])],
  ]);
}

const RIGHT = "number";
const TABS = [
  {id: "people", title: "People", rows: people, columns: [["Person", 22], ["State", 8], ["Country", 9], ["Roles", 18], ["Groups", 18], ["Products", 25]]},
  {id: "groups", title: "Groups", rows: groups, columns: [["Group", 28], ["Kind", 11], ["Country", 9], ["Members", 10, RIGHT], ["List of products", 42]]},
  {id: "products", title: "Products", rows: products, columns: [["Product", 40], ["Licence", 12], ["Owned", 18, RIGHT], ["Assigned", 12, RIGHT], ["List price", 18, RIGHT]]},
  {id: "restrictions", title: "Restrictions", rows: restrictions, columns: [["Product", 44], ["Country", 18], ["Who may start it", 38]]},
  {id: "audit", title: "Audit log", rows: audit, columns: [["What", 16], ["Of what", 40], ["Who", 20], ["When", 14], ["Number and key", 10]]},
];

const make = (name, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
};

function row(cells, columns) {
  return make("tr", {}, ...cells.map((lines, at) => {
    const cell = make("td", {className: (columns[at][2] ?? "") + (lines.length ? "" : " bare")}, ...lines.map(line => make("div", {className: line.kind ?? "", textContent: line.text ?? line})));
    cell.dataset.column = columns[at][0];
    return cell;
  }));
}

function table(columns, rows) {
  const heads = columns.map(([title, width, side]) => { const head = make("th", {className: side ?? "", textContent: title, scope: "col"}); head.style.width = width + "%"; return head; });
  return make("table", {}, make("thead", {}, make("tr", {}, ...heads)), make("tbody", {}, ...rows));
}

// Everything that was read, each row beside the text it is found by.
let tabs = TABS.map(tab => ({...tab, all: []}));

function show(some = AT_ONCE) {
  const asked = element("find").value.toLowerCase().split(/\s+/).filter(word => word);
  const chosen = tabs.find(tab => tab.id === kept.get("tab")) ?? tabs[0];
  for (const tab of tabs) tab.found = tab.all.filter(({text}) => asked.every(word => text.includes(word)));
  element("tabs").replaceChildren(...tabs.map(tab => {
    const button = make("button", {type: "button", role: "tab", id: "tab-" + tab.id}, tab.title, make("span", {className: "count", textContent: count(tab.found.length)}));
    button.setAttribute("aria-selected", tab === chosen);
    button.addEventListener("click", () => { kept.set("tab", tab.id); keep(); show(); element("tab-" + tab.id).focus(); });
    return button;
  }));
  const rows = chosen.found.slice(0, some).map(({cells}) => row(cells, chosen.columns));
  const nothing = make("p", {className: "nothing", textContent: asked.length ? "Nothing has all these words." : "There is nothing here."});
  element("shown").replaceChildren(rows.length ? table(chosen.columns, rows) : nothing);
  const left = chosen.found.length - rows.length;
  if (left > 0) {
    const more = make("button", {type: "button", className: "more", textContent: "Show more: " + count(left) + " are left"});
    more.addEventListener("click", () => show(some + AT_ONCE));
    element("shown").append(more);
  }
}

function say(text, kind = "lead") {
  Object.assign(element("lead"), {textContent: text, className: kind});
}

async function load() {
  let heard = 0;
  element("again").disabled = true;
  say("Reading …");
  try {
    const all = await read(more => { heard += more; say("Reading: " + count(heard) + " rows …"); });
    const {name, federated, acting, revision} = all.about;
    document.title = element("name").textContent = name;
    tabs = TABS.map(tab => ({...tab, all: tab.rows(all).map(cells => ({cells, text: cells.flat().map(line => line.text ?? line).join(" ").toLowerCase()}))}));
    say("Revision " + count(revision) + (acting ? ", seatwise acts as " + acting : "") + (federated ? ", federated" : "") + ". This page only looks.");
    show();
  } catch (error) {
    const closed = "This link has been opened already, or the service was started anew. Where `seatwise sandbox serve` runs, it shows another link.";
    say(error instanceof Closed ? closed : "Not read: " + error.message, "warn");
  }
  element("again").disabled = false;
}

element("find").value = kept.get("find") ?? "";
element("find").addEventListener("input", event => {
  if (event.target.value) kept.set("find", event.target.value); else kept.delete("find");
  keep();
  show();
});
element("again").addEventListener("click", load);
// A new link opened in the same place.
addEventListener("hashchange", () => { if (behind().has("key")) location.reload(); });
load();
