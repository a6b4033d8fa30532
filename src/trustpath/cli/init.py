"""``trustpath init``: write a commented estate file to start from."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from trustpath.base.errors import InputError
from trustpath.cli.application import Application


def register(tree: typer.Typer, _application: Application) -> None:
    """Add the command to the tree."""

    @tree.command()
    def init(
        folder: Annotated[Path, typer.Argument(help="The folder to write estate.yaml into.")],
        acme: Annotated[
            bool, typer.Option("--acme", help="One that obtains a certificate over ACME for nginx.")
        ] = False,
        name: Annotated[str | None, typer.Option(help="What gets the certificate.")] = None,
        zone: Annotated[str | None, typer.Option(help="Its zone.")] = None,
        address: Annotated[str | None, typer.Option(help="Where it is served.")] = None,
        port: Annotated[
            int | None, typer.Option(min=1, max=65535, help="The port of it: 443.")
        ] = None,
        server: Annotated[
            str | None, typer.Option(help="The primary of the zone, address or address:port.")
        ] = None,
        tsig_name: Annotated[
            str | None, typer.Option("--tsig-name", help="The TSIG key that may update the zone.")
        ] = None,
        tsig_file: Annotated[
            str | None, typer.Option("--tsig-file", help="The file with its secret, in base64.")
        ] = None,
        directory: Annotated[
            str | None, typer.Option(help="The ACME directory; Let's Encrypt where none is named.")
        ] = None,
        caa: Annotated[str | None, typer.Option(help="The CA's name in CAA records.")] = None,
        roots: Annotated[
            str | None, typer.Option(help="A PEM file that vouches for a directory of your own.")
        ] = None,
        key: Annotated[str | None, typer.Option(help="Where nginx has the key.")] = None,
        chain: Annotated[str | None, typer.Option(help="Where nginx has the certificate.")] = None,
        nginx_conf: Annotated[
            str | None, typer.Option("--nginx-conf", help="nginx -c, where it needs that.")
        ] = None,
        nginx_prefix: Annotated[
            str | None, typer.Option("--nginx-prefix", help="nginx -p, where it needs that.")
        ] = None,
    ) -> None:
        """Write a commented estate file; never overwrites one. All options but --acme need that.

        With --acme it also says what stands for values that were not given, and the block of nginx.
        """
        values = {
            "name": name,
            "zone": zone,
            "address": address,
            "port": port,
            "server": server,
            "tsig_name": tsig_name,
            "tsig_file": tsig_file,
            "directory": directory,
            "caa": caa,
            "roots": roots,
            "key": key,
            "chain": chain,
            "nginx_conf": nginx_conf,
            "nginx_prefix": nginx_prefix,
        }
        given = {option: value for option, value in values.items() if value is not None}
        if acme:
            _begin(folder, given)
            return
        if given:
            first = next(iter(given)).replace("_", "-")
            raise InputError("it needs --acme", where=f"--{first}", hint="add --acme")
        from trustpath.facts.estate import template

        path = _write(folder, template())
        _schema(folder)
        typer.echo(f"{path}: edit it, then run: trustpath check -e {path}")


def _begin(folder: Path, given: Mapping[str, object]) -> None:
    """Write the estate for a first certificate, and say what is left to do."""
    from trustpath.facts.estate.starting import Beginning, beginning, server_block

    values = Beginning(**given)  # type: ignore[arg-type]
    path = _write(folder, beginning(values, int(time.time())))
    typer.echo(f"{path}: one estate, one job: www, for {values.name}")
    needed = ("name", "zone", "address", "server", "tsig_file", "key", "chain")
    for option in needed:
        if option not in given:
            stands = getattr(values, option)
            typer.echo(f"  not given: --{option.replace('_', '-')}; it stands as {stands}")
    typer.echo("nginx needs this block; it is read once the first certificate is put in place:")
    typer.echo(server_block(values), nl=False)
    typer.echo(f"next: trustpath account register acme --agree --actor ann -e {path}")


def _write(folder: Path, text: str) -> Path:
    path = folder / "estate.yaml"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as error:
        raise InputError(
            "it exists already", where=str(path), hint="name another folder"
        ) from error
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", where=str(path)) from error
    return path


def _schema(folder: Path) -> None:
    """Write the schema that the file's first comment names; one that is there is left alone."""
    from trustpath.facts.estate import ESTATE_SCHEMA

    path = folder / "estate.schema.json"
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(json.dumps(ESTATE_SCHEMA, indent=1, ensure_ascii=False) + "\n")
    except FileExistsError:
        return
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror}", where=str(path)) from error
