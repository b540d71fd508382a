// What journeys of the command share: a server with pipelines to try, and pictures to put.
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after } from 'node:test';
import sharp from 'sharp';
import { runCommand, temporaryFolder } from './command.ts';
import { createDataFolder, removeDataFolder, startProgram } from './program.ts';

const thumbnail = { recipe: { resize: { width: 64 }, format: 'webp' }, to: { bucket: 'thumbnails', key: '{key}.webp' } };
/** Gives originals of one name in different folders the same output key, of which the second is refused. */
const negative = { recipe: { negate: true }, to: { bucket: 'output', key: 'negated_{name}' } };
/** Takes longer over a picture of noise than any test does. */
const slow = { recipe: { format: 'avif', effort: 9 }, to: { bucket: 'slow-out', key: '{key}.avif' } };

const CONFIG = {
  pipelines: {
    thumbnail: { source: { bucket: 'pictures' }, renditions: { thumbnail } },
    negative: { source: { bucket: 'input' }, renditions: { negative } },
    slow: { source: { bucket: 'slow' }, renditions: { slow } },
  },
  limits: { seconds: 600 },
};

/** Starts a server for the tests of one file; it goes when they are done. */
export async function startJourney() {
  const pictures = await temporaryFolder('cli-pictures');
  const data = await createDataFolder();
  const config = join(data, 'pixmill.config.json');
  await writeFile(config, JSON.stringify(CONFIG));
  const server = await startProgram(data, { PIXMILL_CONFIG: config });

  /** A command as on the server's own machine. */
  const pixmill = (...args: string[]) => runCommand(args, { env: { PIXMILL_DATA: data } });

  after(async () => {
    await server.kill();
    // Takes over the database that was left running, and stops it.
    await pixmill('migrate', 'status');
    await removeDataFolder(data);
  });

  return {
    server,
    data,
    config,
    /** Folder of the files to upload. */
    pictures,
    pixmill,
    /** What a command prints with `--json`. */
    told: async (...args: string[]) => JSON.parse((await pixmill(...args, '--json')).stdout),
    /** Makes a picture of 240 pixels' height. @returns its path */
    async picture(name: string, width = 320): Promise<string> {
      const file = join(pictures, name);
      await mkdir(join(file, '..'), { recursive: true });
      const plain = sharp({ create: { width, height: 240, channels: 3, background: '#336699' } });
      await plain.jpeg().toFile(file);
      return file;
    },
  };
}

/** A name with blanks, letters that take several bytes, a quote, a line break and what would turn a terminal red. */
export const AWKWARD = "ä 'ü\n\u001b[31m.jpg";

/** Nothing that a terminal would act on, but line ends. */
export function assertHarmless(text: string): void {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  assert.doesNotMatch(text, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
}
