#!/bin/sh
# Makes all prompts from sounds/texts/*.txt: 8 kHz, 16 bit, one channel. Wants espeak-ng and sox (Debian packages of
# these names). With the same versions of both, the files come out the same.
set -eu
cd "$(dirname "$0")"

speak() { # voice, text, file
  raw=$(mktemp)
  espeak-ng -v "$1" -s 175 -w "$raw" "$2"
  # Silence goes from both ends, so that pieces join into sentences; a little stays between them.
  sox -D "$raw" -r 8000 -b 16 -c 1 "$3" gain -6 highpass 120 \
    silence 1 0.01 0.3% reverse silence 1 0.01 0.3% reverse norm -4 pad 0 0.06
  rm -f "$raw"
}

for texts in texts/*.txt; do
  language=$(basename "$texts" .txt)
  while IFS='|' read -r name text; do
    name=$(printf %s "$name" | tr -d ' ')
    case $name in '' | '#'*) continue ;; esac
    mkdir -p "$(dirname "$language/$name")"
    speak "$language" "$text" "$language/$name.wav"
  done < "$texts"
done
