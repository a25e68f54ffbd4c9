"""Run the search service: `python -m tuckan.sandbox.search --schema schema.xml --data DIR --port 8983`."""

from __future__ import annotations

import argparse
import gc
import logging
import os
import signal
import sys
import threading
from pathlib import Path

from tuckan.sandbox.search.engine import Engine
from tuckan.sandbox.search.schema import Schema
from tuckan.sandbox.search.service import SearchServer
from tuckan.sandbox.search.syntax import Refused

_log = logging.getLogger("tuckan.sandbox.search")


def main(arguments: list[str] | None = None) -> int:
    """Serve until a signal arrives."""
    options = _parser().parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    try:
        schema = Schema.read(options.schema, *options.fields)
    except (OSError, SyntaxError, Refused):
        _log.exception("%s can't be used", options.schema)
        return 2
    gc.disable()  # loading creates millions of small lists, none of them garbage
    engine = Engine(schema, options.data, options.seeds)
    gc.enable()
    gc.freeze()
    server = SearchServer(options.port, options.core, engine)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: threading.Thread(target=server.shutdown).start())
    port = server.server_address[1]
    _log.info("%d documents, schema %s, http://127.0.0.1:%d/solr/%s", engine.size, schema.name, port, options.core)
    if options.ready_file:
        unfinished = options.ready_file.with_suffix(".unfinished")
        unfinished.write_text(f"{port}\n")
        os.replace(unfinished, options.ready_file)  # noqa: PTH105 - an atomic rename that replaces
    server.serve_forever()
    server.server_close()
    engine.commit()
    engine.close()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tuckan.sandbox.search", description=__doc__)
    parser.add_argument("--schema", type=Path, required=True, help="CKAN's schema.xml")
    parser.add_argument(
        "--fields", type=Path, action="append", default=[], help="a file with more fields; may be repeated"
    )
    parser.add_argument("--seeds", type=Path, help="a file of documents to go back to when told to")
    parser.add_argument("--data", type=Path, required=True, help="the folder to keep documents in")
    parser.add_argument("--port", type=int, default=0, help="on 127.0.0.1; 0 finds a free one")
    parser.add_argument("--core", default="ckan", help="the name in the address, /solr/CORE")
    parser.add_argument("--ready-file", type=Path, help="written with the port when requests are answered")
    return parser


if __name__ == "__main__":
    sys.exit(main())
