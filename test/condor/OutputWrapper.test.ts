/** The wrapper that gathers outputs, under the shells of this host. */
import { assert, describe, it } from "@effect/vitest"
import { spawn, spawnSync } from "node:child_process"
import { once } from "node:events"
import { existsSync, lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { env } from "node:process"
import * as OutputWrapper from "../../src/condor/OutputWrapper.ts"

const shells = [["sh"], ["dash"], ["bash", "--posix"], ["bash"], ["busybox", "sh"]].filter(([shell = ""]) =>
  spawnSync(shell, ["-c", "exit 0"], { stdio: "ignore" }).error === undefined || shell === "sh"
).filter(([shell, applet]) => applet !== "sh" || spawnSync(shell ?? "", [applet, "-c", "exit 7"]).status === 7)

const workplace = (payload: string, wanted: ReadonlyArray<OutputWrapper.Wanted>) => {
  const directory = mkdtempSync(join(tmpdir(), "wrapper-"))
  writeFileSync(join(directory, OutputWrapper.names.program), OutputWrapper.program, { mode: 0o755 })
  writeFileSync(join(directory, OutputWrapper.names.list), OutputWrapper.listOf(wanted))
  writeFileSync(join(directory, "payload.sh"), `#!/bin/sh\n${payload}\n`, { mode: 0o644 })
  return directory
}

describe.each(shells)("the wrapper under %s %s", (shell = "", ...rest) => {
  const command = [...rest.filter((word) => word !== undefined), OutputWrapper.names.program, "./payload.sh"]

  const run = (
    payload: string,
    wanted: ReadonlyArray<OutputWrapper.Wanted> = [],
    args: ReadonlyArray<string> = [],
    pathOf: (directory: string) => string | undefined = () => env["PATH"]
  ) => {
    const directory = workplace(payload, wanted)
    const result = spawnSync(shell, [...command, ...args], {
      cwd: directory,
      input: "given\n",
      encoding: "utf8",
      env: { PATH: pathOf(directory), A: "1" }
    })
    const gathered = join(directory, OutputWrapper.names.directory)
    const names = existsSync(gathered) ? readdirSync(gathered).toSorted() : undefined
    const contents = (names ?? []).map((name) => readFileSync(join(gathered, name), "utf8"))
    rmSync(directory, { recursive: true })
    return { ...result, names, contents }
  }

  it.each([0, 1, 126, 127, 128, 145, 146, 147, 148, 149, 150, 151, 160, 200, 255])(
    "the exit code %i is kept",
    (code) => {
      const { signal, status } = run(`exit ${code}`)
      assert.deepStrictEqual([status, signal], [code, null])
    }
  )

  it.each(["HUP", "KILL", "TERM", "SEGV", "ABRT", "USR1", "PIPE", "ALRM"])("the signal %s is kept", (name) => {
    const { signal, status } = run(`kill -s ${name} $$; sleep 5`)
    assert.deepStrictEqual([status, signal], [null, `SIG${name}`])
  })

  it("the exit code of a signal becomes the signal", () => {
    assert.strictEqual(run("exit 137").signal, "SIGKILL")
  })

  it("the payload has its arguments, its input and its environment", () => {
    const { status, stdout } = run(
      "printf \"%s|\" \"$@\"; cat; echo; env | cut -d= -f1 | grep -v \"^\\(PWD\\|OLDPWD\\|SHLVL\\|_\\)$\" | sort | tr \"\\n\" \" \"",
      [],
      ["a b", "", "*", "'\"$x", "-n"]
    )
    assert.deepStrictEqual([stdout, status], [`a b||*|'"$x|-n|given\n\nA PATH `, 0])
  })

  it("gathers only the files that match, by their own names", () => {
    const { contents, names } = run(
      "for f in c-1.dat c-2.dat \"c- 3.dat\" -rf.dat .c-4.dat maybe.txt \"what?\" other.txt \"c-\nx.dat\"; do echo \"$f\" > \"./$f\"; done; " +
        "mkdir c-d.dat; mkfifo c-p.dat; ln -s other.txt link.txt; ln -s /nowhere gone.txt; cd /; exit 0",
      [
        { glob: "c-*.dat" },
        { glob: "-*" },
        { name: "maybe.txt" },
        { name: "what?" },
        { name: "nothing.txt" },
        {
          name: "link.txt"
        },
        { name: "gone.txt" },
        { glob: "none-*" }
      ]
    )
    assert.deepStrictEqual(
      names,
      ["-rf.dat", "c- 3.dat", "c-1.dat", "c-2.dat", "c-\nx.dat", "link.txt", "maybe.txt", "what?"].toSorted()
    )
    assert.include(contents, "other.txt\n")
  })

  it("a pattern ignores files that existed before", () => {
    const { names } = run("echo x > new; echo y >> payload.sh", [{ glob: "*" }])
    assert.deepStrictEqual(names, ["new"])
  })

  // In busybox these tools are part of the shell.
  it.skipIf(shell === "busybox")("if a file cannot be linked or copied, it is whole or absent", () => {
    const { contents, names } = run(
      "mkdir bin; printf '#!/bin/sh\\nexit 1\\n' > bin/ln; printf '#!/bin/sh\\necho part > \"$3\"; exit 1\\n' > bin/cp; " +
        "chmod +x bin/*; echo whole > a.txt; ln -s a.txt b.txt; echo whole > c.txt",
      [{ glob: "*.txt" }],
      [],
      (directory) => `${join(directory, "bin")}:${env["PATH"]}`
    )
    assert.deepStrictEqual([names, contents], [["a.txt", "c.txt"], ["whole\n", "whole\n"]])
  })

  it("without files to gather the directory is empty, also if the payload left files there", () => {
    const { names } = run(`mkdir ${OutputWrapper.names.directory}; touch ${OutputWrapper.names.directory}/mine`, [])
    assert.deepStrictEqual(names, [])
  })

  it.each([["exit 5", 5, null], ["trap - TERM; kill -s TERM $$", null, "SIGTERM"]] as const)(
    "TERM reaches the payload, which then does: %s",
    async (act, status, signal) => {
      const directory = workplace(
        `trap 'echo last > last.txt; ${act}' TERM; echo ready; while :; do sleep 0.05; done`,
        [{ name: "last.txt" }]
      )
      const child = spawn(shell, command, { cwd: directory, stdio: ["ignore", "pipe", "ignore"] })
      await once(child.stdout, "data")
      child.kill("SIGTERM")
      assert.deepStrictEqual(await once(child, "exit"), [status, signal])
      assert.isTrue(lstatSync(join(directory, OutputWrapper.names.directory, "last.txt")).isFile())
      rmSync(directory, { recursive: true })
    }
  )
})
