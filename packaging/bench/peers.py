"""The tools that people would use instead, on the same files in the same run."""
import os
import shutil
import subprocess
import time
import xml.etree.ElementTree

import files

SILENT = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


class Seconds(float):
    """How long a command took, with the seconds of processor time that it and its children used."""

    processor = 0.0


def timed(command, **options):
    began = time.perf_counter()
    process = subprocess.Popen(command, **SILENT, **options)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = Seconds(time.perf_counter() - began)
    seconds.processor = usage.ru_utime + usage.ru_stime
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"exit status {process.returncode}: {' '.join(command)}")
    return seconds


def cp(stats, to):
    return timed(["sh", "-c", 'cp -a "$1/." "$2/" && sync "$2"/*/*', "sh", stats, to])


def rsync(stats, to):
    return timed(["rsync", "-a", stats + "/", to + "/"])


def rsync_durably(stats, to):
    """Since rsync 3.2.4."""
    return timed(["rsync", "-a", "--fsync", stats + "/", to + "/"])


def restic(stats, to):
    options = {"env": dict(os.environ, RESTIC_PASSWORD="bench", RESTIC_CACHE_DIR=to + "-cache")}
    if not os.path.exists(os.path.join(to, "config")):
        timed(["restic", "-r", to, "init"], **options)
    return timed(["restic", "-r", to, "backup", stats], **options)


def statsmirror(program, backup=True):
    def sync(stats, to):
        return timed([program, "sync", "--stats", stats, "--state", to + "-state"] + (["--backup", to] if backup else []))
    return sync


class Lsyncd:
    """lsyncd with a delay of one second, the least in its documentation."""

    def __init__(self, directory, stats):
        self.to = os.path.join(directory, "copy")
        os.makedirs(self.to)
        config = os.path.join(directory, "lsyncd.lua")
        with open(config, "w") as f:
            f.write('settings{nodaemon=true}\nsync{default.rsync, source="%s", target="%s", delay=1}\n' % (stats, self.to))
        self.processes = [subprocess.Popen(["lsyncd", config], **SILENT)]


class Syncthing:
    """Two of Debian's Syncthing on this host, with a delay of one second after a change."""

    def __init__(self, directory, stats):
        self.to = os.path.join(directory, "copy")
        os.makedirs(self.to)
        homes = [os.path.join(directory, side) for side in ("from", "to")]
        ids = []
        for home in homes:
            subprocess.run(["syncthing", "generate", "--no-default-folder", "--home", home], check=True, **SILENT)
            ids.append(subprocess.run(["syncthing", "--device-id", "--home", home], check=True,
                                      capture_output=True, text=True).stdout.strip())
        for i, (home, folder) in enumerate(zip(homes, (stats, self.to))):
            _configure(os.path.join(home, "config.xml"), i, folder, ids)
        self.processes = [
            subprocess.Popen(["syncthing", "serve", "--no-browser", "--no-restart", "--no-upgrade", "--home", home],
                             env=dict(os.environ, STNORESTART="1"), **SILENT)
            for home in homes]


def _configure(path, side, folder, ids):
    tree = xml.etree.ElementTree.parse(path)
    root, ports = tree.getroot(), (22901, 22902)
    for old in root.findall("device") + root.findall("folder"):
        root.remove(old)
    for i, device in enumerate(ids):
        e = xml.etree.ElementTree.SubElement(root, "device", id=device, name=str(i))
        xml.etree.ElementTree.SubElement(e, "address").text = f"tcp://127.0.0.1:{ports[i]}"
    e = xml.etree.ElementTree.SubElement(root, "folder", id="stats", path=folder, type="sendreceive",
                                         fsWatcherEnabled="true", fsWatcherDelayS="1", rescanIntervalS="3600")
    for device in ids:
        xml.etree.ElementTree.SubElement(e, "device", id=device)
    os.makedirs(os.path.join(folder, ".stfolder"), exist_ok=True)
    options = root.find("options")
    for name, value in (("listenAddress", f"tcp://127.0.0.1:{ports[side]}"), ("globalAnnounceEnabled", "false"),
                        ("localAnnounceEnabled", "false"), ("relaysEnabled", "false"), ("natEnabled", "false"),
                        ("urAccepted", "-1"), ("startBrowser", "false"), ("crashReportingEnabled", "false")):
        for old in options.findall(name):
            options.remove(old)
        xml.etree.ElementTree.SubElement(options, name).text = value
    root.find("gui/address").text = f"127.0.0.1:{ports[side] + 10}"
    tree.write(path)


def latency(peer, directory, rows, stores, timeout=60):
    """Seconds from the writer's close to an equal copy, checked every ms."""
    stats = os.path.join(directory, "stats")
    os.makedirs(os.path.join(stats, "training_stats"))
    everything = files.training(rows + stores)
    p = peer(directory, stats)
    seconds = []
    try:
        for i in range(stores + 1):
            source = os.path.join(stats, "training_stats", "run")
            files.write(source, everything[:rows + i])
            closed = time.perf_counter()
            _await_copy(source, os.path.join(p.to, "training_stats", "run"), timeout)
            seconds.append(time.perf_counter() - closed)
    finally:
        for process in p.processes:
            process.terminate()
        for process in p.processes:
            process.wait()
    return seconds[1:]  # the first includes the start


def _await_copy(source, copy, timeout):
    with open(source, "rb") as f:
        content = f.read()
    end = time.monotonic() + timeout
    while time.monotonic() < end:
        try:
            with open(copy, "rb") as f:
                if f.read() == content:
                    return
        except FileNotFoundError:
            pass
        time.sleep(0.001)
    raise SystemExit(f"no copy after {timeout} s: {copy}")


def installed(command, option=""):
    """Whether there is a command, whose help names an option."""
    if shutil.which(command) is None:
        return False
    return option in subprocess.run([command, "--help"], capture_output=True, text=True).stdout
