"""moto's server, which ends when its standard input does: with who started it,
however that one ended. Its port is the first line of its output."""
import functools
import logging
import os
import sys
import threading

from werkzeug.serving import make_server

import moto.backends
import moto.core.responses
from moto.moto_server.threaded_moto_server import MotoRequestHandler
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app


def end_with_parent():
    sys.stdin.read()
    os._exit(0)


# Both are asked at each request, and say the same each time: the first reads
# a directory. Half of what moto's server takes for a call is theirs.
modules = tuple(moto.backends.list_of_moto_modules())
moto.backends.list_of_moto_modules = lambda: modules
moto.core.responses.method_names_from_class = functools.cache(moto.core.responses.method_names_from_class)

threading.Thread(target=end_with_parent, daemon=True).start()
logging.getLogger("werkzeug").setLevel(logging.ERROR)
app = DomainDispatcherApplication(create_backend_app)
app.debug = True  # as moto_server has it: internal errors are seen in the log
server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=MotoRequestHandler)
os.environ["MOTO_PORT"] = str(server.port)
print(server.port, flush=True)
server.serve_forever()
