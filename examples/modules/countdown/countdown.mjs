// One line of JSON comes in, lines go out: those that are JSON with "xy" report, all others are the log.
import { createInterface } from 'node:readline';

const [line] = await new Promise((resolve) => createInterface({ input: process.stdin }).once('line', (text) => resolve([text])));
const { params, state } = JSON.parse(line);
const report = (keys) => console.log(JSON.stringify({ xy: 1, ...keys }));

for (let left = params.from; left > 0; left--) {
  report({ progress: 1 - left / params.from, status: `${left} to go` });
  console.log(`${left} …`);
  await new Promise((resolve) => setTimeout(resolve, 20));
}
const times = (state.times ?? 0) + 1;
report({ state: { times }, code: 0, description: `counted down for the ${times}. time` });
process.stdin.destroy();
