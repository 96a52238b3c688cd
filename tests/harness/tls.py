"""An authority of a test's own, and a server's certificate from it, by the openssl program."""

import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Certificates:
    """Files in PEM. Who trusts `authority` trusts the server at 127.0.0.1 with the other two."""

    authority: Path
    certificate: Path
    key: Path


def make(directory: Path) -> Certificates:
    made = Certificates(*(directory / f"{name}.pem" for name in ("authority", "server", "key")))
    authority_key = directory / "authority-key.pem"
    _request(authority_key, made.authority, "demo authority", "CA:TRUE")
    _request(made.key, made.certificate, "127.0.0.1", "CA:FALSE", "-CA", made.authority,
             "-CAkey", authority_key, "-addext", "subjectAltName=IP:127.0.0.1")
    authority_key.unlink()
    made.authority.chmod(0o644)
    return made


def _request(key: Path, certificate: Path, name: str, constraint: str, *more: object) -> None:
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-noenc", "-days", "2", "-subj", f"/CN={name}",
                    "-addext", f"basicConstraints=critical,{constraint}",
                    "-keyout", key, "-out", certificate, *map(str, more)],
                   check=True, capture_output=True)
