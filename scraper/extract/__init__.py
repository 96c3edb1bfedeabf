"""A page to an Article: body and headlines apart."""
