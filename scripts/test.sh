#!/bin/sh
# Everything that must hold: types, lint and boundaries, then every test, then the database tests again on PostgreSQL 15.
set -eu
cd "$(dirname "$0")/.."
scripts/install-test-tools.sh
npm run check
npm run build
npm run test:all
scripts/test-postgres15.sh
