"""Runs scim2-server on a port that is free, and says which: its own command wants to be told one."""

import os
import sys

import scim2_server.testserver.cli as cli

make_server = cli.make_server


def on_any_port(host, port, application, **more):
    server = make_server(host, 0, application, **more)
    print(f"http://{host}:{server.server_port}/v2", flush=True)
    # Nobody listens to the rest.
    sys.stdout = open(os.devnull, "w")
    return server


cli.make_server = on_any_port
cli.main()
