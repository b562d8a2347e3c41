#!/bin/sh
# Copies what the authority NAME has published to the folder that the web server reads, `web/NAME`. The authority's own folder has private
# keys, so no web server may read it. The timestamp is last: a device never sees it before the files that it vouches for.
set -eu
name="$1"
from="$name/repository"
to="web/$name"
mkdir -p "$to/metadata"
cp -R "$from/targets" "$to/"
find "$from/metadata" -name '*.json' ! -name timestamp.json -exec cp {} "$to/metadata/" \;
cp "$from/metadata/timestamp.json" "$to/metadata/timestamp.next"
mv "$to/metadata/timestamp.next" "$to/metadata/timestamp.json"
