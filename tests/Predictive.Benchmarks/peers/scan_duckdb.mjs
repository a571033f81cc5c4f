// Peer bench: the question of `scan`, put to DuckDB. Needs `npm i @duckdb/node-api` in the folder this file is copied to (or any folder above it).
//   node scan_duckdb.mjs FILE.parquet [double column=amount] [int column=customer_id] [threads=2]   -> one line of JSON
// To repeat the claim: alternate it with `dotnet run -c Release --project tests/Predictive.Benchmarks -- scan FILE.parquet --json` on a quiet machine,
// at least five times each, and compare medians. `seconds` starts before the file is opened and ends with both answers, in a fresh process, as there.
import { DuckDBInstance } from '@duckdb/node-api';
const [file, sum = 'amount', distinct = 'customer_id', threads = '2'] = process.argv.slice(2);
const connection = await (await DuckDBInstance.create()).connect();
await connection.run(`set threads=${threads}`);
const start = performance.now();
const rows = (await connection.runAndReadAll(`select count(*)::int n, sum("${sum}") s, count(distinct "${distinct}")::int d from read_parquet('${file}')`)).getRowObjects();
const seconds = (performance.now() - start) / 1000;
console.log(JSON.stringify({ lib: 'duckdb', threads: +threads, rows: rows[0].n, seconds: +seconds.toFixed(4), sum: rows[0].s, distinct: rows[0].d, rssMB: Math.round(process.resourceUsage().maxRSS / 1024) }));
process.exit(0);
