"""The public site and sign-up."""

from django.urls import path

from control.signup import views_check, views_opening, views_sign_up, views_site

app_name = "signup"
urlpatterns = [
    path("", views_site.home, name="home"),
    path("features", views_site.features, name="features"),
    path("prices", views_site.prices, name="prices"),
    path("help", views_site.reading, {"page": "help"}, name="help"),
    path("terms", views_site.reading, {"page": "terms"}, name="terms"),
    path("privacy", views_site.reading, {"page": "privacy"}, name="privacy"),
    path("signup", views_sign_up.sign_up_form, name="signup"),
    path("signup/address", views_sign_up.slug_answer, name="slug"),
    path("signup/code", views_sign_up.code_answer, name="code"),
    path("signup/opening/<uuid:merchant_id>", views_opening.opening, name="opening"),
    path("check/<str:paper>/<str:code>", views_check.check, name="check"),
    path("login", views_sign_up.login_form, name="login"),
]
