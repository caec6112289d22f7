"""Goods from a spreadsheet: read the sheet, learn its columns, check every row, write all of them or none.

``sheet`` reads the file, ``columns`` learns what its columns mean, ``rows`` reads each row in our words,
``plan`` compares them with the catalogue, ``write_goods`` writes the plan; ``problems`` gives wrong rows back in the
merchant's own file and ``template`` is the file we hand out. Stock is a floor above: the stories that begin and end
an import are inventory's ``check_import``, ``run_import`` and ``undo_import``.
"""
