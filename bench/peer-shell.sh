#!/bin/sh
# A peer for the measurement: the steps people glue together with s3cmd, ImageMagick and psql, one picture after the other.
# For each object of the input bucket: get, negate, hash, log, put, delete. Settings by environment: S3CFG (s3cmd's file),
# DATABASE (a psql URL), CONVERT (ImageMagick), INPUT and OUTPUT (buckets).
set -eu
cd "$(mktemp -d)"
trap 'rm -rf "$PWD"' EXIT
psql -q "$DATABASE" -c 'CREATE TABLE IF NOT EXISTS peer_log (at timestamptz DEFAULT now(), name text, sha256 text)'
s3cmd -c "$S3CFG" ls "s3://$INPUT" | sed 's/^.*s3:/s3:/' | while read -r url; do
  name=${url##*/}
  s3cmd -q -c "$S3CFG" get "$url" "$name" </dev/null
  "$CONVERT" -negate "$name" "negated_$name"
  hash=$(sha256sum "negated_$name" | cut -d' ' -f1)
  psql -q "$DATABASE" -c "INSERT INTO peer_log (name, sha256) VALUES ('negated_$name', '$hash')" </dev/null
  s3cmd -q -c "$S3CFG" put "negated_$name" "s3://$OUTPUT" </dev/null
  rm "$name" "negated_$name"
  s3cmd -q -c "$S3CFG" del "$url" </dev/null
done
