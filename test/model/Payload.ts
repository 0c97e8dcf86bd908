/** The payloads of the jobs in a sequence: a script for a real CE, and a function for the fake. */
import { type FakeSchedd } from "../../src/testing/index.ts"
import type { Kind } from "./Model.ts"

/** The script for a real CE. */
export const script = `#!/bin/sh
echo "copy=$COPY"
case "$1" in
  endless) sleep 3600 ;;
  loses*) exit 0 ;;
esac
echo "result of $COPY" > result.txt
case "$1" in
  signal*) kill -9 $$ ;;
  *) exit "\${1#exit }" ;;
esac
`

const kinds: Record<Kind, FakeSchedd.Payload> = {
  "exit 0": { exit: { code: 0 } },
  "exit 3": { exit: { code: 3 } },
  "signal 9": { exit: { signal: 9 } },
  endless: { duration: "10000 days" },
  "loses its output": {}
}

const isKind = (text: string): text is Kind => Object.hasOwn(kinds, text)

/** The same payload for the fake. */
export const play = ({ arguments: [kind = ""], environment }: FakeSchedd.PayloadJob): FakeSchedd.Payload => ({
  duration: "5 seconds",
  stdout: `copy=${environment["COPY"]}\n`,
  ...isKind(kind) && kind !== "loses its output"
    ? { files: { "result.txt": `result of ${environment["COPY"]}\n` } }
    : {},
  ...isKind(kind) ? kinds[kind] : {}
})
