#!/bin/sh
# Installs what the tests use beside Node: real S3 clients, curl, psql, a browser, PostgreSQL 15, and what shows calls to the kernel. What is there already is left alone; where
# packages may not be installed here, the tests that need the missing ones are skipped and say so.
set -eu

missing=''
need() { # command or file, package
  command -v "$1" >/dev/null 2>&1 || [ -e "$1" ] || missing="$missing $2"
}
need /usr/bin/aws awscli
need s3cmd s3cmd
need curl curl
need psql postgresql-client
need rclone rclone
need chromium chromium
need /usr/lib/postgresql/15/bin/postgres postgresql-15
need strace strace
need /usr/sbin/mkfs.ext4 e2fsprogs
/usr/bin/python3 -c 'import boto3' 2>/dev/null || missing="$missing python3-boto3"

[ -n "$missing" ] || exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
  echo "not installed, and may not be installed here:$missing; the tests that use them are skipped" >&2
  exit 0
fi
echo "installing for the tests:$missing" >&2
export DEBIAN_FRONTEND=noninteractive
# Debian would start a server of its own at once; the tests start theirs.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod +x "$policy"
  trap 'rm -f "$policy"' EXIT
fi
# shellcheck disable=SC2086
if ! { apt-get update -qq && apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=300 $missing >/dev/null; }; then
  echo "could not be installed:$missing; the tests that use them are skipped" >&2
fi
