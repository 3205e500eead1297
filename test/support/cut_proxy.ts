/** Stands between a program and its database, and cuts the line at the moment that a test asks for. */
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/** What is cut. `before_commit`: the commit never arrives. `after_commit`: it does, and its answer is lost. */
export type Cut = 'before_commit' | 'after_commit';

/** How a client asks for the end of a transaction, and how the answer begins. [PostgreSQL, 55.7: Query, CommandComplete] */
const COMMIT = Buffer.from('COMMIT\0');

export class CutProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #target: { readonly host: string; readonly port: number };
  readonly #sockets = new Set<Socket>();
  #cut: Cut | null = null;
  #stays = false;
  #closed = false;
  /** How often a line was cut at a commit. */
  cuts = 0;

  private constructor(server: Server, target: { readonly host: string; readonly port: number }) {
    this.#server = server;
    this.#target = target;
    server.on('connection', (socket) => this.#join(socket));
  }

  static async to(host: string, port: number): Promise<CutProxy> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new CutProxy(server, { host, port });
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Cuts the line of the next commit; with `stays` nobody gets through after it until `mend`. */
  cutAt(cut: Cut, { stays = false } = {}): void {
    this.#cut = cut;
    this.#stays = stays;
  }

  /** Cuts every line, and lets nobody through until `mend`. */
  cutAll(): void {
    this.#closed = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  mend(): void {
    this.#closed = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cutAll();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #join(client: Socket): void {
    if (this.#closed) {
      client.destroy();
      return;
    }
    const server = connect(this.#target);
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(one);
      one.on('error', () => undefined);
      one.on('close', () => {
        this.#sockets.delete(one);
        other.destroy();
      });
    }
    let cutting = false;
    client.on('data', (data) => {
      if (this.#cut !== null && data.includes(COMMIT)) {
        const cut = this.#cut;
        this.#cut = null;
        this.cuts += 1;
        cutting = true;
        if (cut === 'before_commit') this.#end(client);
        else server.write(data);
        return;
      }
      server.write(data);
    });
    server.on('data', (data) => {
      if (!cutting) client.write(data);
      // It has answered, so it is done; nobody will hear it.
      else if (data.includes(COMMIT)) this.#end(client);
    });
  }

  #end(client: Socket): void {
    client.destroy();
    if (this.#stays) this.cutAll();
  }
}
