// Reads a standard-JSON request on stdin, writes solc's answer on stdout.
//
// WebAssembly compiles several times slower than native code, and brownie, forge and the tests compile the same
// sources: answers are kept in .tools/solc-cache. An answer is named by the hash of its request and is valid only
// while every file that the compiler asked for besides (`imports`) still has the hash it had then.
"use strict";

const crypto = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");
const zlib = require("node:zlib");

const ROOT = fs.realpathSync(path.join(__dirname, ".."));
const READABLE = ["contracts", "interfaces", "tests/forge", "node_modules/@openzeppelin"];
const CACHE = path.join(ROOT, ".tools", "solc-cache");
const CACHE_ENTRIES = 48;

const sha256 = (bytes) => crypto.createHash("sha256").update(bytes).digest("hex");

/** The text of a source file, or null when it does not exist or lies outside the source folders. */
function readSource(name) {
  let file;
  try {
    file = fs.realpathSync(path.resolve(ROOT, name));
  } catch {
    return null;
  }
  const allowed = READABLE.some((folder) => file.startsWith(path.join(ROOT, folder) + path.sep));
  return allowed ? fs.readFileSync(file, "utf8") : null;
}

const fingerprint = (name) => {
  const text = readSource(name);
  return text === null ? null : sha256(text);
};

function compile(request) {
  const imports = {};
  const readImport = (name) => {
    const text = readSource(name);
    imports[name] = text === null ? null : sha256(text);
    return text === null ? { error: `not found in ${READABLE.join(", ")}: ${name}` } : { contents: text };
  };
  const answer = require("solc").compile(request, { import: readImport });
  return { imports, answer };
}

function cached(file) {
  try {
    const { imports, answer } = JSON.parse(zlib.gunzipSync(fs.readFileSync(file)));
    const current = Object.entries(imports).every(([name, hash]) => fingerprint(name) === hash);
    if (!current) return null;
    const now = new Date();
    fs.utimesSync(file, now, now);
    return answer;
  } catch {
    return null; // absent or damaged: compile again
  }
}

function keep(file, entry) {
  fs.mkdirSync(CACHE, { recursive: true });
  const unfinished = `${file}.${process.pid}`;
  fs.writeFileSync(unfinished, zlib.gzipSync(JSON.stringify(entry), { level: 1 }));
  fs.renameSync(unfinished, file);
  const age = (name) => fs.statSync(path.join(CACHE, name), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const newestFirst = fs.readdirSync(CACHE).map((name) => [age(name), name]).sort((a, b) => b[0] - a[0]);
  for (const [, name] of newestFirst.slice(CACHE_ENTRIES)) fs.rmSync(path.join(CACHE, name), { force: true });
}

function main() {
  if (!process.argv.includes("--standard-json")) {
    process.stderr.write("only --version and --standard-json are served by this wrapper\n");
    process.exitCode = 2;
    return;
  }
  const request = fs.readFileSync(0, "utf8");
  const compiler = require("solc/package.json").version;
  const file = path.join(CACHE, `${sha256(`${compiler}\n${request}`)}.json.gz`);
  let answer = cached(file);
  if (answer === null) {
    const entry = compile(request);
    answer = entry.answer;
    keep(file, entry);
  }
  process.stdout.write(answer);
}

main();
