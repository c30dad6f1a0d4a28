// node compile_circuits.mjs CIRCUITS OUTPUT NAME…: writes OUTPUT/NAME.json for each circuit CIRCUITS/NAME.
//
// What is written depends on the sources alone: debug symbols and file map, which hold paths, are left out.
// A warning fails like an error.
import { compile, createFileManager } from "@noir-lang/noir_wasm";
import { writeFileSync } from "node:fs";
import path from "node:path";

const [circuits, output, ...names] = process.argv.slice(2);
console.log = () => {}; // the compiler names each file

for (const name of names) {
  try {
    const { program, warnings } = await compile(createFileManager(path.resolve(circuits, name)));
    if (warnings.length > 0) throw new Error(JSON.stringify(warnings));
    const { noir_version, hash, abi, bytecode } = program;
    writeFileSync(path.join(output, `${name}.json`), JSON.stringify({ noir_version, hash, abi, bytecode }) + "\n");
  } catch (error) {
    console.error(`${name}: ${error.message ?? error} ${JSON.stringify(error.diagnostics ?? error.cause ?? "")}`);
    process.exitCode = 1;
  }
}
