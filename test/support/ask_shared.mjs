// Asks the run's PostgreSQL for a database: see shared_postgres.ts. Plain JavaScript, since a thread that nothing compiles asks, too.
import { connect } from 'node:net';

/** Everything the other side says until it has said all. */
export function heard(socket) {
  return new Promise((resolve, reject) => {
    let said = '';
    socket.setEncoding('utf8').on('data', (chunk) => (said += chunk));
    socket.once('end', () => resolve(said)).once('error', reject);
  });
}

/** Returns the answer. Throws what went wrong there. */
export async function askShared({ port, secret }, ask) {
  const socket = connect({ host: '127.0.0.1', port });
  socket.end(JSON.stringify({ secret, ask }));
  const said = await heard(socket);
  if (said === '') throw new Error("the run's PostgreSQL has gone");
  const answer = JSON.parse(said);
  if (typeof answer === 'object' && answer !== null && 'fault' in answer)
    throw new Error(String(answer.fault));
  return answer;
}
