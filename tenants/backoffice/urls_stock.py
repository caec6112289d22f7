"""库存: stock, batches and recalls, warehouses and transfers."""

from django.urls import path

from tenants.backoffice import views_batches, views_recalls, views_stock, views_warehouses

urlpatterns = [
    path("stock", views_stock.stock, name="stock"),
    path("stock/<uuid:sku_id>/explained", views_stock.explained, name="stock-explained"),
    path("stock/<uuid:sku_id>/receive", views_stock.receive, name="stock-receive"),
    path("stock/<uuid:sku_id>/count", views_stock.count, name="stock-count"),
    path("stock/<uuid:sku_id>/loss", views_stock.lose, name="stock-loss"),
    path("stock/<uuid:sku_id>/limits", views_stock.limits, name="stock-limits"),
    path("stock/<uuid:sku_id>/moves", views_stock.moves, name="stock-moves"),
    path("stock/<uuid:sku_id>/transfer", views_warehouses.transfer_new, name="transfer-new"),
    path("batches", views_batches.batches, name="batches"),
    path("batches/allocation", views_batches.allocation, name="allocation"),
    path("batches/given/<uuid:line_batch_id>", views_batches.choose, name="batch-choose"),
    path("batches/<uuid:batch_id>", views_batches.batch, name="batch"),
    path("batches/<uuid:batch_id>/hold", views_batches.hold, name="batch-hold"),
    path("batches/<uuid:batch_id>/unhold", views_batches.unhold, name="batch-unhold"),
    path("batches/<uuid:batch_id>/rule", views_batches.rule, name="batch-rule"),
    path("batches/<uuid:batch_id>/prices", views_batches.cut, name="batch-cut"),
    path("recalls", views_recalls.recalls, name="recalls"),
    path("recalls/new", views_recalls.new, name="recall-new"),
    path("recalls/<uuid:recall_id>", views_recalls.recall, name="recall"),
    path("recalls/<uuid:recall_id>/messages", views_recalls.tell, name="recall-tell"),
    path("recalls/<uuid:recall_id>/refunds", views_recalls.refund, name="recall-refund"),
    path("recalls/<uuid:recall_id>/end", views_recalls.close, name="recall-close"),
    path("warehouses", views_warehouses.places, name="warehouses"),
    path("warehouses/new", views_warehouses.place_new, name="warehouse-new"),
    path("warehouses/<uuid:warehouse_id>", views_warehouses.place, name="warehouse"),
    path("transfers", views_warehouses.transfers, name="transfers"),
    path("transfers/<uuid:transfer_id>", views_warehouses.transfer_receive, name="transfer-receive"),
]
