#!/bin/sh
# Runs the tests that speak SQL once more, on Debian's PostgreSQL 15 instead of the embedded one.
set -eu
cd "$(dirname "$0")/.."
bin=/usr/lib/postgresql/15/bin
if [ ! -x "$bin/postgres" ]; then
  echo "skipped: PostgreSQL 15 is not installed" >&2
  exit 0
fi
folder=$(mktemp -d)
as=''
if [ "$(id -u)" = 0 ]; then
  # PostgreSQL refuses to run as root.
  chown nobody "$folder"
  as='setpriv --reuid=nobody --regid=nogroup --clear-groups'
fi
stop() {
  $as "$bin/pg_ctl" -D "$folder/data" -m immediate -s stop || true
  rm -rf "$folder"
}
trap stop EXIT
cd /
$as "$bin/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 --no-sync >/dev/null
$as "$bin/pg_ctl" -D "$folder/data" -s -w -l "$folder/log" -o "-k $folder -c listen_addresses='' -c fsync=off" start
cd - >/dev/null
PIXMILL_TEST_POSTGRES="postgresql://postgres@localhost/postgres?host=$folder" \
  node --test --test-concurrency=2 'src/queue/*.test.ts' 'src/reconcile/*.test.ts' 'src/intake/*.test.ts' 'src/ledger/migrate.test.ts' \
  'src/http/**/*.test.ts' 'src/localstore/**/*.test.ts' 'test/journeys/database-url.test.ts'
