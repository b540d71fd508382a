// The least that a store of files in Node can do: PUT writes and syncs a file, GET reads one. `node floor.ts FOLDER`; prints its port.
import { constants, type FileHandle, open, readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

const [, , folder = ''] = process.argv;
const { O_CREAT, O_EXCL, O_WRONLY, O_DSYNC } = constants;
const names: FileHandle = await open(folder, 'r');

async function put(request: IncomingMessage, file: string): Promise<void> {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  const handle = await open(file, O_CREAT | O_EXCL | O_WRONLY | O_DSYNC);
  await handle.writev(pieces);
  await handle.close();
  await names.sync();
}

const server = createServer(async (request, response) => {
  const file = join(folder, (request.url ?? '').slice(1).replaceAll('/', '-'));
  try {
    if (request.method === 'PUT') {
      await put(request, file);
      response.writeHead(201, { 'content-length': 0 }).end();
    } else {
      const bytes = await readFile(file);
      response.writeHead(200, { 'content-length': bytes.length }).end(bytes);
    }
  } catch (error) {
    const text = String(error);
    response.writeHead(500, { 'content-length': Buffer.byteLength(text) }).end(text);
  }
});
server.listen(0, '127.0.0.1', () => console.log((server.address() as AddressInfo).port));
