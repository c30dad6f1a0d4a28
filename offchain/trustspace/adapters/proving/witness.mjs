// Solves circuits: frames of JSON in, frames of JSON out; each is a length of 4 bytes (big-endian) and as many bytes.
//
//   {"name": NAME, "program": {...}}     keeps a program                      -> {"kept": NAME}
//   {"name": NAME, "inputs": {...}}      solves it for these inputs           -> {"witness": BASE64 of gzip}
//                                        or says where they contradict it     -> {"unsatisfied": TEXT}
//
// Argument: a folder beside whose node_modules it looks for Noir.
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const require = createRequire(pathToFileURL(`${process.argv[2]}/`));
const { Noir } = await import(pathToFileURL(require.resolve("@noir-lang/noir_js")));
const programs = new Map();

async function answer({ name, program, inputs }) {
  if (program) {
    programs.set(name, new Noir(program));
    return { kept: name };
  }
  try {
    const { witness } = await programs.get(name).execute(inputs);
    return { witness: Buffer.from(witness).toString("base64") };
  } catch (error) {
    return { unsatisfied: String(error?.message ?? error).split("\n")[0] };
  }
}

function* frames(state) {
  while (state.bytes.length >= 4 && state.bytes.length >= 4 + state.bytes.readUInt32BE(0)) {
    const end = 4 + state.bytes.readUInt32BE(0);
    yield state.bytes.subarray(4, end);
    state.bytes = state.bytes.subarray(end);
  }
}

const state = { bytes: Buffer.alloc(0) };
for await (const chunk of process.stdin) {
  state.bytes = Buffer.concat([state.bytes, chunk]);
  for (const frame of frames(state)) {
    const content = Buffer.from(JSON.stringify(await answer(JSON.parse(frame))));
    const length = Buffer.alloc(4);
    length.writeUInt32BE(content.length);
    process.stdout.write(Buffer.concat([length, content]));
  }
}
