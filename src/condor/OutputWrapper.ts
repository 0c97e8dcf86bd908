/**
 * A shell program that runs the payload and gathers its optional outputs. HTCondor itself has no optional outputs and no
 * patterns.
 *
 * @since 0.1.0
 */

/**
 * The names that the wrapper uses in a job's working directory: its own, the list of wanted outputs, and the directory in which
 * it gathers them.
 *
 * @category constants
 * @since 0.1.0
 */
export const names = {
  program: "effect-ce-wrapper.sh",
  list: "effect-ce-wanted",
  directory: "effect-ce-gathered"
} as const

/**
 * One line of the list: a file by its name, or all files whose names match a pattern of the shell.
 *
 * @category models
 * @since 0.1.0
 */
export type Wanted = { readonly name: string } | { readonly glob: string }

/**
 * Writes the list. No name and no pattern may have a line break.
 *
 * @category converting
 * @since 0.1.0
 */
export const listOf = (wanted: ReadonlyArray<Wanted>): string =>
  wanted.map((one) => "name" in one ? `n${one.name}\n` : `g${one.glob}\n`).join("")

/**
 * The program, for any POSIX shell. Its arguments are the payload and the payload's arguments.
 *
 * **Details**
 *
 * It forwards signals. A shell makes a background process ignore SIGINT and SIGQUIT, so these two do not reach the payload. It
 * ends as the payload did: with the exit code, or by the signal, which a shell reports as a code above 128. It exports no
 * variable to the payload.
 *
 * It gathers only regular files. It makes hard links if possible. Otherwise it copies the file, or moves it if the copy fails.
 * A pattern does not match files that existed before the payload ran.
 *
 * @category constants
 * @since 0.1.0
 */
export const program = `#!/bin/sh
# Runs the payload, then gathers the files that are wanted. Written by effect-htcondor-ce.
effect_ce_before=/
for effect_ce_file in * .[!.]* ..?*; do effect_ce_before=$effect_ce_before$effect_ce_file/; done
effect_ce_pid=
effect_ce_caught=
forward() {
  effect_ce_caught=$1
  [ -z "$effect_ce_pid" ] || kill -s "$1" "$effect_ce_pid" 2>/dev/null
}
for effect_ce_file in HUP INT QUIT TERM USR1 USR2; do
  trap "forward $effect_ce_file" "$effect_ce_file"
done
case $1 in
  ./*) [ -x "$1" ] || chmod u+x "$1" ;;
esac
# A shell gives what runs beside it another standard input.
exec 9<&0
"$@" <&9 9<&- &
effect_ce_pid=$!
exec 9<&-
# One that came before its number was known.
[ -z "$effect_ce_caught" ] || kill -s "$effect_ce_caught" "$effect_ce_pid" 2>/dev/null
effect_ce_code=
while :; do
  effect_ce_caught=
  wait "$effect_ce_pid"
  effect_ce_now=$?
  # 127: it was waited for already.
  if [ "$effect_ce_now" -ne 127 ] || [ -z "$effect_ce_code" ]; then effect_ce_code=$effect_ce_now; fi
  [ -n "$effect_ce_caught" ] || break
done
set +f
IFS=
LC_ALL=C
rm -rf ./${names.directory}
mkdir ./${names.directory}
while read -r effect_ce_line; do
  case $effect_ce_line in
    n*) set -- "\${effect_ce_line#?}" ;;
    *) set -- \${effect_ce_line#?} ;;
  esac
  for effect_ce_file do
    case $effect_ce_line in
      g*)
        case $effect_ce_before in
          */"$effect_ce_file"/*) continue ;;
        esac
        case $effect_ce_file in
          _condor*|.update.ad|.job.ad|.machine.ad|.chirp.config) continue ;;
        esac
        ;;
    esac
    if [ -f "./$effect_ce_file" ] && [ ! -e "./${names.directory}/$effect_ce_file" ]; then
      # A link is followed: where it leads to is another place from there.
      { [ ! -h "./$effect_ce_file" ] && ln "./$effect_ce_file" "./${names.directory}/$effect_ce_file" 2>/dev/null; } ||
        cp -p "./$effect_ce_file" "./${names.directory}/$effect_ce_file" || {
        # A part of it, where the disk is full for example, would be taken for all.
        rm -f "./${names.directory}/$effect_ce_file"
        [ -h "./$effect_ce_file" ] || mv "./$effect_ce_file" "./${names.directory}/$effect_ce_file"
      }
    fi
  done
done <./${names.list}
# By the same signal, if one ends a process. Others would stop it.
case $effect_ce_code in
  129|13[0-9]|14[0-4]|15[2-9])
    trap - HUP INT QUIT TERM USR1 USR2
    ulimit -c 0
    kill -"$((effect_ce_code - 128))" $$
    ;;
esac
exit "$effect_ce_code"
`
