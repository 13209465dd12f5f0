"""LD_PRELOAD shims, which a test builds for itself."""
import subprocess

from harness import SRC


def build_shim(source, target, *flags):
    """source: below the root of the sources; target: the file that is made."""
    command = ["cc", "-O1", "-D_GNU_SOURCE", "-shared", "-fPIC", *flags]
    subprocess.run([*command, "-o", target, SRC + "/" + source, "-ldl"], check=True)
