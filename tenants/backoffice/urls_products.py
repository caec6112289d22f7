"""商品, 表格导入: the addresses under /backoffice/."""

from django.urls import URLPattern, path

from tenants.backoffice import views_import, views_product_editor, views_products

urlpatterns: list[URLPattern] = [
    path("products", views_products.products, name="products"),
    path("products/new", views_product_editor.new, name="product-new"),
    path("products/export", views_products.export, name="products-export"),
    path("products/batch", views_products.batch, name="products-batch"),
    path("products/prices", views_products.prices, name="product-prices"),
    path("products/undo", views_products.undo, name="products-undo"),
    path("products/<uuid:product_id>", views_product_editor.edit, name="product"),
    path("products/<uuid:product_id>/pictures", views_product_editor.upload, name="product-pictures"),
    path("products/<uuid:product_id>/pictures/order", views_product_editor.arrange, name="product-pictures-order"),
    path(
        "products/<uuid:product_id>/pictures/<uuid:picture_id>/removal",
        views_product_editor.remove,
        name="product-picture-remove",
    ),
    path(
        "products/<uuid:product_id>/pictures/<uuid:picture_id>/return",
        views_product_editor.restore,
        name="product-picture-restore",
    ),
    path("imports", views_import.uploads, name="imports"),
    path("imports/template", views_import.template, name="import-template"),
    path("imports/<uuid:import_id>", views_import.detail, name="import"),
    path("imports/<uuid:import_id>/columns", views_import.columns, name="import-columns"),
    path("imports/<uuid:import_id>/start", views_import.start, name="import-start"),
    path("imports/<uuid:import_id>/progress", views_import.progress, name="import-progress"),
    path("imports/<uuid:import_id>/problems", views_import.problems, name="import-problems"),
    path("imports/<uuid:import_id>/undo", views_import.undo, name="import-undo"),
]
