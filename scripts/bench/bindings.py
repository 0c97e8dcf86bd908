"""HTCondor's Python bindings in a process that is kept open: reads and answers lines as raw/shell.sh does."""

import os
import shutil
import sys
import time

import htcondor2

LEAVE = "JobStatus == 4 && (CompletionDate =?= undefined || CompletionDate == 0 || (time() - CompletionDate) < 864000)"
collector = htcondor2.Collector(os.environ["POOL"])
schedd = htcondor2.Schedd(collector.locate(htcondor2.DaemonType.Schedd, os.environ["SCHEDD"]))
attributes = os.environ["ATTRIBUTES"].split(",")
work = os.environ["WORK"]
secret = os.environ["SECRET"]
ads = []
os.umask(0o077)


def submit(key, copies, queue):
    directory = os.path.join(work, key)
    os.mkdir(directory, 0o700)
    shutil.copy(os.environ["PAYLOAD"], os.path.join(directory, "pilot.sh"))
    os.mkdir(os.path.join(directory, "copies"), 0o700)
    for copy in range(int(copies)):
        os.mkdir(os.path.join(directory, "copies", str(copy)), 0o700)
        with open(os.path.join(directory, "copies", str(copy), "token"), "w", encoding="utf-8") as file:
            file.write(f"{secret}-{copy}")
    os.chdir(directory)
    description = htcondor2.Submit(
        {
            "universe": "vanilla",
            "should_transfer_files": "YES",
            "when_to_transfer_output": "ON_EXIT",
            "executable": "pilot.sh",
            "transfer_input_files": "token",
            "transfer_output_files": '""',
            "output": "stdout",
            "error": "stderr",
            "log": "job.log",
            "initialdir": os.path.join(directory, "copies/$(v_copy)"),
            "request_cpus": "1",
            "request_memory": "1",
            "leave_in_queue": LEAVE,
            "My.maxMemory": "1",
            "My.remote_queue": f'"{queue}"',
            "My.EffectCEFormat": os.environ["FORMAT"],
            "My.EffectCEKey": f'"{key}"',
            "My.EffectCECopies": copies,
            "My.EffectCECopy": "$(v_copy)",
            "My.Environment": "$(v_environment)",
        }
    )
    rows = ({"v_copy": str(copy), "v_environment": f'"SITE=bench COPY={copy}"'} for copy in range(int(copies)))
    result = schedd.submit(description, spool=True, itemdata=rows)
    schedd.spool(result)
    return f"{result.cluster()}.0 - {result.cluster()}.{result.num_procs() - 1}"


def status(cluster, _jobs):
    global ads
    ads = schedd.query(f"ClusterId == {cluster}", attributes)
    return ""


def counted():
    return str(len(ads))


def fetch(cluster, _jobs):
    schedd.retrieve(f"ClusterId == {cluster} && JobStatus == 4")
    return ""


def cancel(cluster, _jobs):
    schedd.act(htcondor2.JobAction.Remove, f"ClusterId == {cluster}")
    return ""


commands = {command.__name__: command for command in (submit, status, counted, fetch, cancel)}
for line in sys.stdin:
    name, *words = line.rstrip("\n").split("\t")
    began = time.perf_counter()
    answer = commands[name](*words)
    print(round((time.perf_counter() - began) * 1e6), answer, sep="\t", flush=True)
