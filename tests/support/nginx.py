"""A private nginx in front of a server: on a loopback port, with a configuration of its own, gone afterwards."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from service.machine.processes import die_with_parent
from tests.support.services import eventually, free_port, status_of

# As short as an operator writes it: `proxy_pass` without a path, so that the address arrives as it was sent.
CONFIGURATION = """\
daemon off;
master_process off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        location / {{ proxy_pass {address}; }}
    }}
}}
"""


@contextmanager
def proxy(binary: str, address: str, folder: Path) -> Iterator[str]:
    """Yield the address of an nginx that passes everything on to `address`."""
    port = free_port()
    (folder / "nginx.conf").write_text(CONFIGURATION.format(folder=folder, port=port, address=address))
    command = [binary, "-p", folder, "-e", folder / "error.log", "-c", folder / "nginx.conf"]
    process = subprocess.Popen(command, preexec_fn=die_with_parent())
    try:
        own = f"http://127.0.0.1:{port}"
        eventually(lambda: status_of(f"{own}/healthz") == 200, lambda: (folder / "error.log").read_text())
        yield own
    finally:
        process.terminate()
        process.wait(10)
