"""商品, 表格导入: the addresses under /backoffice/."""

from django.urls import URLPattern, path

from tenants.backoffice import (
    views_import,
    views_labels,
    views_product_editor,
    views_products,
    views_shelves,
)

urlpatterns: list[URLPattern] = [
    path("products", views_products.products, name="products"),
    path("products/new", views_product_editor.new, name="product-new"),
    path("products/export", views_products.export, name="products-export"),
    path("products/batch", views_products.batch, name="products-batch"),
    path("products/prices", views_products.prices, name="product-prices"),
    path("products/matrix", views_product_editor.matrix, name="product-new-matrix"),
    path("products/<uuid:product_id>/matrix", views_product_editor.matrix, name="product-matrix"),
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
    path("categories", views_shelves.shelves, name="categories"),
    path("categories/order", views_shelves.arrange, name="categories-order"),
    path("categories/new", views_shelves.category, name="category-new"),
    path("categories/<uuid:category_id>", views_shelves.category, name="category"),
    path("categories/<uuid:category_id>/removal", views_shelves.remove, name="category-remove"),
    path("tags", views_labels.labels, name="tags"),
    path("tags/new", views_labels.tag, name="tag-new"),
    path("tags/<uuid:tag_id>", views_labels.tag, name="tag"),
    path("tags/<uuid:tag_id>/removal", views_labels.remove_tag, name="tag-remove"),
    path("brands/new", views_labels.brand, name="brand-new"),
    path("brands/<uuid:brand_id>", views_labels.brand, name="brand"),
    path("brands/<uuid:brand_id>/removal", views_labels.remove_brand, name="brand-remove"),
    path("imports", views_import.uploads, name="imports"),
    path("imports/template", views_import.template, name="import-template"),
    path("imports/<uuid:import_id>", views_import.detail, name="import"),
    path("imports/<uuid:import_id>/columns", views_import.columns, name="import-columns"),
    path("imports/<uuid:import_id>/start", views_import.start, name="import-start"),
    path("imports/<uuid:import_id>/progress", views_import.progress, name="import-progress"),
    path("imports/<uuid:import_id>/problems", views_import.problems, name="import-problems"),
    path("imports/<uuid:import_id>/undo", views_import.undo, name="import-undo"),
]
