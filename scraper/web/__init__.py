"""Serve the archive in the browser and as an HTTP API: read-only, over any store.

server      listens, alone or beside the daemon      app          puts the routes together
middleware  headers, ETags and refusals              access       who may come in
context     what every handler needs                 events       streams of changes
routes, api, feed_routes, ops_routes                 handlers: a request in, a response out
front_page, article_page, outlet_health, numbers_page, plots   pure: records in, views out
templates   views to HTML                            formatting   times, numbers and codes for people
"""
