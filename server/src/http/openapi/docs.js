// Shows openapi.json. Everything is put in as text, never as markup.
"use strict";

const METHODS = ["get", "post", "put", "patch", "delete"];

function el(name, properties, ...children) {
  const node = Object.assign(document.createElement(name), properties);
  node.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
  return node;
}

function nameOf(ref) {
  return ref.split("/").pop();
}

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

function pretty(value) {
  return el("pre", {}, JSON.stringify(value, null, 2));
}

function table(head, rows) {
  const line = (cell, values) => el("tr", {}, ...values.map((value) => el(cell, {}, value)));
  return el("table", {}, el("thead", {}, line("th", head)), el("tbody", {}, ...rows.map((row) => line("td", row))));
}

function parameters(list) {
  if (!list || !list.length) return null;
  const rows = list.map((p) => [
    el("code", {}, p.name), p.in + (p.required ? ", required" : ""), words(p.schema), p.description || "",
  ]);
  return el("section", {}, el("h3", {}, "Parameters"), table(["Name", "In", "Type", "Meaning"], rows));
}

function media(content, schemas) {
  return Object.entries(content || {}).flatMap(([type, { schema, example }]) => {
    const named = schema && schema.$ref ? schemas[nameOf(schema.$ref)] : null;
    const shown = example || (named && named.examples && named.examples[0]);
    return [el("p", {}, el("code", {}, type), " ", words(schema)), shown ? pretty(shown) : null];
  });
}

function body(request, schemas) {
  if (!request) return null;
  return el("section", {}, el("h3", {}, "Body"), ...media(request.content, schemas));
}

function responses(all, schemas) {
  const one = ([status, response]) => {
    const first = el("summary", {}, el("code", {}, status), " ", response.description || "");
    return el("details", { open: status.startsWith("2") }, first, ...media(response.content, schemas));
  };
  return el("section", {}, el("h3", {}, "Answers"), ...Object.entries(all).map(one));
}

function operation(path, method, op, schemas) {
  const call = el("div", { className: "call" }, el("span", { className: "method" }, method), path);
  return el("article", { id: anchor(path, method) }, call, el("p", {}, op.summary || ""),
    op.description ? el("p", { className: "quiet" }, op.description) : null,
    parameters(op.parameters), body(op.requestBody, schemas), responses(op.responses || {}, schemas));
}

function anchor(path, method) {
  return method + path.replace(/[^A-Za-z0-9]+/g, "-");
}

function schemaList(schemas) {
  const one = ([name, schema]) => {
    const required = new Set(schema.required || []);
    const rows = Object.entries(schema.properties || {}).map(([field, s]) => [
      el("code", {}, field), words(s) + (required.has(field) ? ", required" : ""), s.description || "",
    ]);
    const first = el("div", { className: "call" }, name);
    return el("article", { id: "schema-" + name }, first, el("p", {}, schema.description || ""),
      rows.length ? table(["Field", "Type", "Meaning"], rows) : el("p", {}, words(schema)));
  };
  return Object.entries(schemas).map(one);
}

function show(api) {
  const schemas = api.components.schemas;
  const main = document.getElementById("operations");
  const nav = document.getElementById("contents");
  document.getElementById("about").replaceChildren(api.info.description + " Version " + api.info.version + ". ",
    el("a", { href: "openapi.json" }, "openapi.json"));
  for (const tag of api.tags) {
    main.append(el("h2", {}, tag.name), el("p", { className: "quiet" }, tag.description));
    nav.append(el("h2", {}, tag.name));
    for (const [path, item] of Object.entries(api.paths)) {
      for (const method of METHODS.filter((m) => item[m] && (item[m].tags || []).includes(tag.name))) {
        main.append(operation(path, method, item[method], schemas));
        nav.append(el("a", { href: "#" + anchor(path, method) }, method.toUpperCase() + " " + path.replace("/api", "")));
      }
    }
  }
  main.append(el("h2", {}, "Schemas"), ...schemaList(schemas));
}

fetch("openapi.json", { headers: { Accept: "application/json" } })
  .then((answer) => answer.json())
  .then(show)
  .catch((error) => { document.getElementById("about").textContent = "The description could not be read: " + error; });
