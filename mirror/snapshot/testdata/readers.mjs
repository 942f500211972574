// Prints the rows of Parquet files as a reader reads them, a line of JSON for each file: doubles as
// the hex of their bits, so that JSON changes none.
// usage: node readers.mjs READER FILE...
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const modules = process.env.STATSMIRROR_NODE_MODULES;
const require = createRequire(path.join(modules, 'package.json'));
const load = (name) => import(pathToFileURL(require.resolve(name)));

const bits = (value) => {
  if (value === null || value === undefined) return null;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0).toString(16).padStart(16, '0');
};
const nested = (value) => {
  if (value === null || value === undefined) return null;
  if (typeof value === 'object') return Array.from(value.items ?? value, nested);
  return bits(value);
};
const row = ({ run, iteration, loss, time, scores }) => ({
  run,
  iteration: iteration.toString(),
  loss: bits(loss),
  time: bits(time),
  scores: nested(scores),
});
const columns = ['run', 'iteration', 'loss', 'time', 'scores'];

const readers = {
  async duckdb() {
    const { DuckDBInstance } = require('@duckdb/node-api');
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    return async (file) => {
      const read = await connection.runAndReadAll(
        `SELECT ${columns} FROM read_parquet('${file.replaceAll("'", "''")}') ORDER BY iteration`,
      );
      return read.getRowObjects();
    };
  },
  async polars() {
    const polars = require('nodejs-polars');
    return async (file) => {
      const frame = polars.readParquet(file).withColumn(polars.col('iteration').cast(polars.Utf8)); // no number holds all
      const all = columns.map((name) => frame.getColumn(name).toArray());
      return all[0].map((_, i) => Object.fromEntries(columns.map((name, c) => [name, all[c][i]])));
    };
  },
  async hyparquet() {
    const { parquetReadObjects } = await load('hyparquet');
    const { compressors } = await load('hyparquet-compressors');
    return async (file) => {
      const content = readFileSync(file);
      const buffer = content.buffer.slice(content.byteOffset, content.byteOffset + content.length);
      return parquetReadObjects({ file: buffer, compressors });
    };
  },
  async 'parquet-wasm'() {
    const { readParquet } = require('parquet-wasm');
    const { tableFromIPC } = require('apache-arrow');
    return async (file) => [...tableFromIPC(readParquet(readFileSync(file)).intoIPCStream())];
  },
};

const [reader, ...files] = process.argv.slice(2);
const read = await readers[reader]();
for (const file of files) {
  process.stdout.write(JSON.stringify((await read(file)).map(row)) + '\n');
}
