// Runs an ONNX model in onnxruntime: node run.cjs MODEL INPUTS, where INPUTS is JSON
// {"x": {"dims": [...], "values": [...]}, "label": [...]}. Prints the output y as JSON.
const fs = require("fs");
const ort = require("onnxruntime-node");

async function main([model, inputs]) {
  const { x, label } = JSON.parse(fs.readFileSync(inputs));
  const feeds = { x: new ort.Tensor("float32", Float32Array.from(x.values), x.dims) };
  if (label) feeds.label = new ort.Tensor("int32", Int32Array.from(label), [label.length]);
  const session = await ort.InferenceSession.create(model, { logSeverityLevel: 3 });
  const { y } = await session.run(feeds);
  console.log(JSON.stringify(Array.from(y.data)));
}

main(process.argv.slice(2));
