// A long-lived process that runs circuits with Noir's own machine.
//
// One request a line on stdin, one reply a line on stdout. {program: path, inputs}: {witness: [[number, hex], …]} with all
// values, or {error}. {values: [[number, hex], …]}: {packed: …}, as Barretenberg takes witnesses, in base64.
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { createRequire } from "node:module";

const require = createRequire(process.argv[2] + "/");
const { Noir } = require("@noir-lang/noir_js");
const { compressWitness, decompressWitness } = require("@noir-lang/acvm_js");

const programs = new Map();
for await (const line of createInterface({ input: process.stdin })) {
  const { program, inputs, values } = JSON.parse(line);
  try {
    if (values) {
      console.log(JSON.stringify({ packed: Buffer.from(compressWitness(new Map(values))).toString("base64") }));
      continue;
    }
    if (!programs.has(program)) programs.set(program, new Noir(JSON.parse(readFileSync(program, "utf8"))));
    const { witness } = await programs.get(program).execute(inputs);
    console.log(JSON.stringify({ witness: [...decompressWitness(witness).entries()] }));
  } catch (error) {
    console.log(JSON.stringify({ error: String(error.message ?? error) }));
  }
}
