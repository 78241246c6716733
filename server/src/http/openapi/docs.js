// Shows openapi.json. Everything is put in as text, never as markup.
"use strict";

const METHODS = ["get", "post", "put", "patch", "delete"];
const TEXTS = {
  "de-DE": {
    skip: "Zum Inhalt", back: "Zurück zur App", language: "Sprache", operations: "Aufrufe", heading: "REST-Schnittstelle",
    reading: "Die Beschreibung wird gelesen …", failed: "Die Beschreibung konnte nicht gelesen werden.", version: "Version",
    search: "Suchen", searchIn: "Pfad, Methode oder Wort", token: "Die Beispiele brauchen ein Zugangstoken. Eines legen Sie in Ihrem Profil an; so stehen die Befehle danach in der Shell bereit:",
    parameters: "Parameter", name: "Name", place: "Wo", type: "Typ", meaning: "Bedeutung", body: "Anfrage", answers: "Antworten",
    errors: "Fehler", example: "Beispiel", fields: "Felder", needed: "Pflicht", copy: "Kopieren", copied: "Kopiert", selected: "Markiert",
    call: "Aufruf mit curl", found: (n) => (n === 1 ? "1 Aufruf" : `${n} Aufrufe`), query: "Query", path: "Pfad", header: "Kopfzeile", cookie: "Cookie",
  },
  "en-US": {
    skip: "Skip to content", back: "Back to the app", language: "Language", operations: "Operations", heading: "REST API",
    reading: "Reading the description …", failed: "The description could not be read.", version: "Version",
    search: "Search", searchIn: "Path, method or word", token: "The examples need an API token. Create one in your profile; then make it known to the shell:",
    parameters: "Parameters", name: "Name", place: "In", type: "Type", meaning: "Meaning", body: "Request", answers: "Answers",
    errors: "Errors", example: "Example", fields: "Fields", needed: "required", copy: "Copy", copied: "Copied", selected: "Selected",
    call: "Call with curl", found: (n) => (n === 1 ? "1 operation" : `${n} operations`), query: "query", path: "path", header: "header", cookie: "cookie",
  },
};

function cookie(name) {
  const pair = document.cookie.split("; ").find((one) => one.startsWith(name + "="));
  return pair ? pair.slice(name.length + 1) : "";
}

/** As the app does: the reader's choice, then the browser's. */
function preferredLang() {
  const wanted = [cookie("rota_lang"), ...navigator.languages].map((tag) => tag.slice(0, 2));
  return wanted.includes("de") && (!wanted.includes("en") || wanted.indexOf("de") < wanted.indexOf("en")) ? "de-DE" : "en-US";
}

const root = document.documentElement;
// Before the first paint.
root.dataset.theme = ["light", "dark"].includes(cookie("rota_theme")) ? cookie("rota_theme") : "system";
root.lang = preferredLang();
let t = TEXTS[root.lang];
let api = null;

function el(name, properties, ...children) {
  const { data, ...rest } = properties;
  const node = Object.assign(document.createElement(name), rest);
  Object.assign(node.dataset, data || {});
  node.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

const nameOf = (ref) => ref.split("/").pop();
const resolve = (schema) => (schema && schema.$ref ? api.components.schemas[nameOf(schema.$ref)] || {} : schema || {});

/** A schema in a few words: `string`, `TaskObject`, `integer[]`. */
function words(schema) {
  if (!schema) return "";
  if (schema.$ref) return nameOf(schema.$ref);
  const choices = schema.oneOf || schema.anyOf || schema.allOf;
  if (choices) return choices.map(words).join(schema.allOf ? " & " : " | ");
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.type === "array") return words(schema.items) + "[]";
  const type = Array.isArray(schema.type) ? schema.type.join(" | ") : schema.type || "any";
  return schema.format ? `${type} (${schema.format})` : type;
}

function pre(text) {
  // Reachable by keyboard, because it may scroll.
  return el("pre", { tabIndex: 0 }, el("code", {}, text));
}

function table(head, rows) {
  const cells = (name, values) => el("tr", {}, values.map((value) => el(name, name === "th" ? { scope: "col" } : {}, value)));
  return el("table", { className: "fields" }, el("thead", {}, cells("th", head)), el("tbody", {}, rows.map((row) => cells("td", row))));
}

function named(name, needed) {
  return [el("code", {}, name), needed ? el("span", { className: "needed" }, t.needed) : null].filter(Boolean);
}

function parameters(list) {
  if (!list || !list.length) return null;
  const rows = list.map((p) => [el("span", {}, named(p.name, p.required)), t[p.in] || p.in, words(p.schema), p.description || ""]);
  return el("section", {}, el("h4", {}, t.parameters), table([t.name, t.place, t.type, t.meaning], rows));
}

/** The object schemas inside a schema: name (if it has one), and the schema. */
function objects(schema) {
  if (!schema) return [];
  if (schema.$ref) return [[nameOf(schema.$ref), schema]];
  if (schema.properties) return [["", schema]];
  const more = schema.additionalProperties;
  const inner = [...(schema.oneOf || schema.anyOf || schema.allOf || []), schema.items, typeof more === "object" ? more : null];
  return inner.filter(Boolean).flatMap(objects);
}

/** The objects that are not open already: schemas go round in circles. */
function unseen(schema, seen) {
  return objects(schema).filter(([name]) => !name || !seen.includes(name));
}

/** The fields of a schema; those of schemas inside it open one by one. */
function fields(schema, seen) {
  return unseen(schema, seen).map(([name, one]) => {
    const path = name ? seen.concat(name) : seen;
    const object = resolve(one);
    const parts = [object, ...(object.allOf || [])].map(resolve);
    const properties = Object.assign({}, ...parts.map((part) => part.properties || {}));
    const needed = new Set(parts.flatMap((part) => part.required || []));
    const rows = Object.entries(properties).map(([field, s]) => [
      el("span", {}, named(field, needed.has(field))), words(s), el("div", {}, s.description || "", nested(s, path)),
    ]);
    const about = object.description ? el("p", { className: "quiet" }, object.description) : null;
    return el("div", {}, about, rows.length ? table([t.name, t.type, t.meaning], rows) : [words(object), nested(object, path)]);
  });
}

function nested(schema, seen) {
  return unseen(schema, seen).map(([name, one]) => {
    const details = el("details", {}, el("summary", {}, name || t.fields));
    details.addEventListener("toggle", () => details.append(...fields(one, seen)), { once: true });
    return details;
  });
}

function exampleOf(media) {
  const schema = resolve(media.schema);
  if (media.example !== undefined) return media.example;
  if (schema.examples && schema.examples.length) return schema.examples[0];
  const items = schema.type === "array" ? exampleOf({ schema: schema.items }) : undefined;
  if (items !== undefined) return [items];
  const first = (schema.oneOf || schema.anyOf || [])[0];
  return first ? exampleOf({ schema: first }) : undefined;
}

function media(content) {
  return Object.entries(content || {}).flatMap(([type, one]) => {
    const example = exampleOf(one);
    const shape = fields(one.schema, []);
    return [
      el("p", { className: "quiet" }, el("code", {}, type), " ", words(one.schema)),
      shape.length ? el("details", {}, el("summary", {}, t.fields), shape) : null,
      example === undefined ? null : el("details", { open: true }, el("summary", {}, t.example), pre(JSON.stringify(example, null, 2))),
    ];
  });
}

function body(request) {
  return request ? el("section", {}, el("h4", {}, t.body), media(request.content)) : null;
}

function responses(all) {
  const one = ([status, response]) => {
    const first = el("summary", {}, el("code", {}, status), " ", response.description || "");
    return el("details", {}, first, media(response.content));
  };
  const good = Object.entries(all).filter(([status]) => status.startsWith("2"));
  const bad = Object.entries(all).filter(([status]) => !status.startsWith("2"));
  return el("section", {}, el("h4", {}, t.answers), good.map(one), el("h4", {}, t.errors), bad.map(one));
}

/** A command that works as it is, but for the ids. */
function curl(path, method, op) {
  const lines = [`curl -sS${op.responses["200"] && (op.responses["200"].content || {})["text/event-stream"] ? "N" : ""}`];
  if (method !== "get") lines[0] += ` -X ${method.toUpperCase()}`;
  lines[0] += ` "${location.origin}${path.replace("{file}", "docs.js").replace(/\{\w+\}/g, "1")}"`;
  if (op.security) lines.push('-H "Authorization: Bearer $TOKEN"');
  const json = op.requestBody && op.requestBody.content["application/json"];
  if (json) {
    lines.push('-H "Content-Type: application/json"');
    lines.push(`-d '${JSON.stringify(exampleOf(json) ?? {}).replaceAll("'", "'\\''")}'`);
  }
  return lines.join(" \\\n  ");
}

function copyable(text) {
  const command = pre(text);
  const state = el("span", { className: "quiet" });
  state.setAttribute("role", "status");
  const button = el("button", { type: "button" }, t.copy);
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      state.textContent = t.copied;
    } catch {
      // Without https there is no clipboard for pages.
      getSelection().selectAllChildren(command);
      state.textContent = t.selected;
    }
  });
  return [el("div", { className: "curl" }, el("h4", {}, t.call), el("span", {}, state, " ", button)), command];
}

function operation(path, method, op) {
  const call = el("h3", {}, el("span", { className: "method " + method }, method), el("span", {}, path));
  const article = el("article", { id: anchor(path, method) }, call, el("p", {}, op.summary || ""),
    op.description ? el("p", { className: "quiet" }, op.description) : null,
    parameters(op.parameters), body(op.requestBody), responses(op.responses || {}), copyable(curl(path, method, op)));
  article.dataset.words = [method, path, op.summary, op.description, op.operationId].join(" ").toLowerCase();
  return article;
}

function anchor(path, method) {
  return method + path.replace(/[^A-Za-z0-9]+/g, "-");
}

function operationsOf(tag) {
  return Object.entries(api.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method] && (item[method].tags || []).includes(tag.name)).map((method) => [path, method, item[method]]));
}

function show() {
  document.getElementById("about").replaceChildren(`${api.info.description} ${t.version} ${api.info.version}. `,
    el("a", { href: "openapi.json" }, "openapi.json"));
  const groups = api.tags.map((tag) => {
    const heading = el("h2", {}, tag.name);
    return el("section", { className: "group" }, heading, el("p", {}, tag.description), operationsOf(tag).map((one) => operation(...one)));
  });
  const links = api.tags.flatMap((tag) => [el("h2", {}, tag.name), el("ul", {}, operationsOf(tag).map(([path, method]) => el("li", {},
    el("a", { href: "#" + anchor(path, method) }, el("span", { className: "method " + method }, method), el("span", {}, path.replace("/api", ""))))))]);
  document.getElementById("operations").replaceChildren(...groups);
  document.getElementById("contents").replaceChildren(...links);
  document.getElementById("search").hidden = document.getElementById("token").hidden = false;
  filter();
}

/** Shows what holds every word that is searched for. */
function filter() {
  const wanted = document.getElementById("q").value.toLowerCase().split(/\s+/).filter(Boolean);
  let found = 0;
  for (const article of document.querySelectorAll("article")) {
    article.hidden = !wanted.every((word) => article.dataset.words.includes(word));
    found += article.hidden ? 0 : 1;
    const link = document.querySelector(`nav a[href="#${article.id}"]`);
    link.parentElement.hidden = article.hidden;
  }
  for (const group of document.querySelectorAll(".group")) group.hidden = !group.querySelector("article:not([hidden])");
  for (const list of document.querySelectorAll("nav ul")) {
    list.hidden = list.previousElementSibling.hidden = !list.querySelector("li:not([hidden])");
  }
  document.getElementById("found").textContent = wanted.length ? t.found(found) : "";
}

/** The texts around the description. */
function speak(lang) {
  root.lang = lang;
  t = TEXTS[lang];
  document.title = t.heading + " · Rota";
  for (const node of document.querySelectorAll("[data-text]")) node.textContent = t[node.dataset.text];
  for (const node of document.querySelectorAll("[data-label]")) node.setAttribute("aria-label", t[node.dataset.label]);
  for (const node of document.querySelectorAll("[data-placeholder]")) node.placeholder = t[node.dataset.placeholder];
  for (const button of document.querySelectorAll("[data-lang]")) button.setAttribute("aria-pressed", String(button.dataset.lang === lang));
  if (api) show();
}

document.addEventListener("DOMContentLoaded", async () => {
  speak(root.lang);
  for (const button of document.querySelectorAll("[data-lang]")) {
    button.addEventListener("click", () => {
      document.cookie = `rota_lang=${button.dataset.lang}; Path=/; Max-Age=31536000; SameSite=Lax`;
      speak(button.dataset.lang);
    });
  }
  document.getElementById("q").addEventListener("input", filter);
  document.getElementById("search").addEventListener("submit", (event) => event.preventDefault());
  try {
    const answer = await fetch("openapi.json", { headers: { Accept: "application/json" } });
    api = await answer.json();
    show();
    // The place that the address names is there only now.
    if (location.hash) document.getElementById(location.hash.slice(1))?.scrollIntoView();
  } catch (error) {
    document.getElementById("about").textContent = `${t.failed} ${error}`;
  }
});
