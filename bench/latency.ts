// (b) From a PUT on an idle machine until the rendition can be read, against the bare render of the same picture.

import { HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { createDataFolder, removeDataFolder, startProgram, until } from '../test/program.ts';
import { bareRender } from './bare.ts';
import { median, table, timed } from './measure.ts';
import { loadPhotos, type Photo } from './photos.ts';

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3);

const { photos, what } = await loadPhotos();
const data = await createDataFolder();
const program = await startProgram(data, { LOG_LEVEL: 'warn' });
const client = program.client();
try {
  const bare: number[] = [];
  const fromPut: number[] = [];
  const fromAnswer: number[] = [];
  for (let round = -1; round < ROUNDS; round++) {
    for (const photo of photos) {
      const render = await timed(() => bareRender(photo));
      const { whole, put } = await putAndWait(photo, round);
      if (round < 0) continue;
      bare.push(render);
      fromPut.push(whole);
      fromAnswer.push(whole - put);
    }
  }
  const bound = 1.5 * median(bare) + 20;
  const ms = (value: number) => `${value.toFixed(1)} ms`;
  console.log(
    table([
      ['pictures', what],
      ['bare render, median', ms(median(bare))],
      ['PUT answered → rendition readable, median', ms(median(fromAnswer))],
      ['PUT begun → rendition readable, median', ms(median(fromPut))],
      ['aim: 1.5 × bare + 20 ms', ms(bound)],
    ]),
  );
} finally {
  client.destroy();
  await program.stop();
  await removeDataFolder(data);
}

async function putAndWait({ name, bytes }: Photo, round: number): Promise<{ whole: number; put: number }> {
  const key = `round-${round}/${name}`;
  let put = 0;
  const whole = await timed(async () => {
    put = await timed(() => client.send(new PutObjectCommand({ Bucket: 'pictures', Key: key, Body: bytes })));
    await until(
      `the rendition of ${key}`,
      async () => {
        const head = new HeadObjectCommand({ Bucket: 'thumbnails', Key: `${key}.webp` });
        return client.send(head).then(
          () => true,
          () => undefined,
        );
      },
      30_000,
      2,
    );
  });
  return { whole, put };
}
