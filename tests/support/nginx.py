"""A private nginx in front of a server: on a loopback port, with a configuration of its own, gone afterwards."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from service.machine.processes import die_with_parent
from tests.support.services import eventually, free_port, status_of

NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")  # None where there is none
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
        listen 127.0.0.1:{port}{tls};
        location / {{ proxy_pass {address}; }}
    }}
}}
"""


TLS = " ssl; ssl_certificate {certificate}; ssl_certificate_key {key}"


@contextmanager
def proxy(binary: str, address: str, folder: Path, *, certified: tuple[Path, Path] | None = None) -> Iterator[str]:
    """Yield the address of an nginx that passes everything on to `address`; over TLS with a certificate and its key."""
    port = free_port()
    tls = TLS.format(certificate=certified[0], key=certified[1]) if certified else ""
    (folder / "nginx.conf").write_text(CONFIGURATION.format(folder=folder, port=port, tls=tls, address=address))
    command = [binary, "-p", folder, "-e", folder / "error.log", "-c", folder / "nginx.conf"]
    process = subprocess.Popen(command, preexec_fn=die_with_parent())
    try:
        own, listens = f"http{'s' if certified else ''}://127.0.0.1:{port}", 400 if certified else 200
        # Spoken to without TLS, a port with TLS answers 400.
        plain = f"http://127.0.0.1:{port}/healthz"
        eventually(lambda: status_of(plain) == listens, lambda: (folder / "error.log").read_text())
        yield own
    finally:
        process.terminate()
        process.wait(10)
