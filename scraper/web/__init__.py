"""The page in the browser and the HTTP interface: read-only, over whatever ``storage.open_store`` opens.

server    serves an application, alone or beside the daemon       app       puts the routes together
finish    the layer around every answer: door, headers, encoding  door      who may come in
desk      what every handler has at hand                          http      the web framework, in our words
pages, api, live                                                  handlers: a request in, a view out
latest, article, health, numbers, plots                           pure: records in, views out
templates                                                         views to HTML
"""
