// Disks of a test's own: one whose power can be cut, after which all that was not synced is lost, and one that fills up.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './program.ts';

export interface Disk {
  /** Where it is mounted. */
  folder: string;
  /** From this instant on nothing reaches the disk, and what was only in memory is gone. */
  cutPower(): void;
  /** Mounts it again as it was in that instant. Whoever used it must have ended. */
  restorePower(): Promise<void>;
  remove(): Promise<void>;
}

/** EXT4_IOC_SHUTDOWN with EXT4_GOING_FLAGS_NOLOGFLUSH (Linux, fs/ext4/ext4.h): not even the journal in memory is written. */
const SHUTDOWN = 'open(my $file, ">", $ARGV[0]) or die $!; my $flags = pack("I", 2); ioctl($file, 0x8004587d, $flags) or die $!';

/**
 * Makes one with ext4 that writes as little by itself as it can. Undefined where this user or machine cannot: it takes root, a
 * loop device, mkfs.ext4 and Perl.
 */
export async function makeDisk(megabytes: number): Promise<Disk | undefined> {
  const parent = await mkdtemp(join(tmpdir(), 'pixmill-disk-'));
  const image = join(parent, 'image');
  const folder = join(parent, 'mounted');
  await writeFile(image, '');
  await truncate(image, megabytes * 1024 * 1024);
  // The journal, which any sync would write for everybody, is otherwise left to itself for as long as a test runs.
  const mount = () => succeeds('mount', '-o', 'loop,data=writeback,noauto_da_alloc,commit=600,X-mount.mkdir', image, folder);
  const made =
    succeeds('perl', '-e', '1') &&
    succeeds('mkfs.ext4', '-q', '-F', '-E', 'lazy_itable_init=0,lazy_journal_init=0', image) &&
    mount();
  const unmount = () => until(`${folder} is left`, async () => succeeds('umount', folder) || undefined);
  const disk: Disk = {
    folder,
    cutPower() {
      if (!succeeds('perl', '-e', SHUTDOWN, join(folder, 'switch'))) throw new Error(`the power of ${folder} could not be cut`);
    },
    async restorePower() {
      await unmount();
      if (!mount()) throw new Error(`${image} could not be mounted again`);
    },
    async remove() {
      if (made) await unmount();
      await rm(parent, { recursive: true });
    },
  };
  if (made) return disk;
  await disk.remove();
  return undefined;
}

/** A small disk in memory that can be filled. Undefined where this user may not mount one. */
export async function makeSmallDisk(
  megabytes: number,
): Promise<{ folder: string; fill(): Promise<void>; makeRoom(): Promise<void>; remove(): Promise<void> } | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'pixmill-disk-'));
  const filler = join(folder, 'filler');
  if (succeeds('mount', '-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', folder)) {
    return {
      folder,
      /** Writes until nothing more fits. */
      async fill() {
        await assert.rejects(writeFile(filler, Buffer.alloc(megabytes * 1024 * 1024)), { code: 'ENOSPC' });
      },
      makeRoom: () => rm(filler),
      async remove() {
        await until(`${folder} is left`, async () => succeeds('umount', folder) || undefined);
        await rm(folder, { recursive: true });
      },
    };
  }
  await rm(folder, { recursive: true });
  return undefined;
}

function succeeds(program: string, ...args: string[]): boolean {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
}
