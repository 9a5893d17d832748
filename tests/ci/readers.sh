#!/bin/sh
# Installs what pages and papers are looked at with, where the system is Debian's kind and we may. Exits with 1 where it cannot be had.
set -eu
command -v apt-get >/dev/null 2>&1 && [ "$(id -u)" = 0 ] || exit 1
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq >/dev/null 2>&1 && apt-get install -y -qq --no-install-recommends chromium poppler-utils >/dev/null 2>&1
