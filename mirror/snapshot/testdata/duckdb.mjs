// Prints the rows of a Parquet file as DuckDB reads them: doubles as the hex
// of their bits, so that JSON changes none.
import { createRequire } from 'node:module';
import path from 'node:path';

const modules = process.env.STATSMIRROR_NODE_MODULES;
const require = createRequire(path.join(modules, 'package.json'));
const { DuckDBInstance } = require('@duckdb/node-api');

const bits = (value) => {
  if (value === null) return null;
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0).toString(16).padStart(16, '0');
};
const nested = (value) => {
  if (value === null) return null;
  if (typeof value === 'object') return value.items.map(nested);
  return bits(value);
};

const instance = await DuckDBInstance.create(':memory:');
const connection = await instance.connect();
const reader = await connection.runAndReadAll(
  `SELECT run, iteration, loss, time, scores FROM read_parquet('${process.argv[2].replaceAll("'", "''")}') ORDER BY iteration`,
);
const rows = reader.getRows().map(([run, iteration, loss, time, scores]) => ({
  run,
  iteration: iteration.toString(),
  loss: bits(loss),
  time: bits(time),
  scores: nested(scores),
}));
process.stdout.write(JSON.stringify(rows));
