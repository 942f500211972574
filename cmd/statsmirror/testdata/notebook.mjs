// Reads what statsmirror exported, with programs of others, and prints it as JSON:
//   notebook.mjs events FILE   scalars, framing and CRCs read by @roboflow/tfrecords,
//                              messages by google-protobuf
//   notebook.mjs polars LINE   the data frame that a line of Python gives; it is a line
//                              of JavaScript, too, once the function has its name
//   notebook.mjs duckdb QUERY
import { createRequire } from 'node:module';
import fs from 'node:fs';
import path from 'node:path';

const require = createRequire(path.join(process.env.STATSMIRROR_NODE_MODULES, 'package.json'));
const [, , reader, given] = process.argv;
const print = (value) => process.stdout.write(JSON.stringify(value, (_, v) =>
  (typeof v === 'bigint' || typeof v === 'number' && !Number.isFinite(v) ? String(v) : v)));

const fields = (bytes, read) => {
  const { BinaryReader } = require('google-protobuf');
  const r = new BinaryReader(bytes);
  while (r.nextField()) read(r.getFieldNumber(), r) || r.skipField();
};

const eventOf = (bytes) => {
  const event = { step: 0, scalars: {} };
  fields(bytes, (field, r) => {
    if (field === 1) return (event.wall = r.readDouble());
    if (field === 2) return [(event.step = r.readInt64())];
    if (field === 3) return (event.version = r.readString());
    if (field === 5) return [fields(r.readBytes(), (_, values) => [fields(values.readBytes(), scalarInto(event))])];
    return false;
  });
  return event;
};

const scalarInto = (event) => {
  let tag;
  return (field, r) => {
    if (field === 1) return (tag = r.readString());
    return field === 2 && [(event.scalars[tag] = r.readFloat())];
  };
};

if (reader === 'events') {
  console.log = (text) => { throw new Error(text); }; // how the reader says that a CRC is wrong
  require('@roboflow/tfrecords/src/tensorFlowRecordsProtoBuf_pb.js').TFRecordsImageMessage.deserializeBinary = eventOf;
  const { TFRecordsReader } = require('@roboflow/tfrecords/src/tensorFlowReader.js');
  print(new TFRecordsReader(fs.readFileSync(given)).imageMessages);
} else if (reader === 'polars') {
  const pl = require('nodejs-polars');
  pl.read_parquet = pl.readParquet;
  print(new Function('pl', `return ${given}`)(pl).rows());
} else {
  const { DuckDBInstance } = require('@duckdb/node-api');
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  print((await connection.runAndReadAll(given)).getRows());
}
