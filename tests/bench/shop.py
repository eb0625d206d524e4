"""A shop with Django and Django REST framework: apps with models, serializers, views, and their tests."""

SETTINGS = """SECRET_KEY = "shop"
USE_TZ = True
ROOT_URLCONF = "site_of_shop.urls"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DATABASES = {{"default": {{"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}}}
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "rest_framework", {apps}]
"""
MODELS = """from django.db import models
from {app}.prices import with_tax


class Product(models.Model):
    name = models.CharField(max_length=80)
    price = models.IntegerField(default=0)
    stock = models.IntegerField(default=0)

    class Meta:
        ordering = ["name"]

    def total(self):
        return with_tax(self.price)

    def take(self, count):
        if count > self.stock:
            raise ValueError("not so many are left")
        self.stock -= count
        self.save()
"""
PRICES = """def with_tax(price, rate=20):
    if price < 0:
        raise ValueError("a price is never negative")
    return price + price * rate // 100
"""
SERIALIZERS = """from rest_framework import serializers
from {app}.models import Product


class ProductSerializer(serializers.ModelSerializer):
    total = serializers.IntegerField(read_only=True)

    class Meta:
        model = Product
        fields = ["id", "name", "price", "stock", "total"]

    def validate_price(self, value):
        if value < 0:
            raise serializers.ValidationError("negative")
        return value
"""
VIEWS = """from rest_framework import status, viewsets
from rest_framework.decorators import action
from rest_framework.response import Response
from {app}.models import Product
from {app}.serializers import ProductSerializer


class ProductViewSet(viewsets.ModelViewSet):
    queryset = Product.objects.all()
    serializer_class = ProductSerializer

    def get_queryset(self):
        found = super().get_queryset()
        if "left" in self.request.query_params:
            found = found.filter(stock__gt=0)
        return found

    @action(detail=True, methods=["post"])
    def take(self, request, pk=None):
        product = self.get_object()
        try:
            product.take(int(request.data.get("count", 1)))
        except ValueError as error:
            return Response({{"why": str(error)}}, status=status.HTTP_409_CONFLICT)
        return Response({{"stock": product.stock}})
"""
URLS = """from rest_framework.routers import DefaultRouter
from {app}.views import ProductViewSet

router = DefaultRouter()
router.register("products", ProductViewSet, basename="{app}-product")
urlpatterns = router.urls
"""
TEST_PRICES = """import pytest
from {app}.prices import with_tax


@pytest.mark.parametrize("price", range(0, 100, 10))
def test_tax_is_added(price):
    assert with_tax(price) == price * 12 // 10


def test_negative_is_refused():
    with pytest.raises(ValueError):
        with_tax(-1)
"""
TEST_SERIALIZERS = """import pytest
from {app}.models import Product
from {app}.serializers import ProductSerializer


@pytest.mark.parametrize("price", [0, 10, 100])
def test_total(price):
    assert ProductSerializer(Product(name="a", price=price)).data["total"] == price * 12 // 10


@pytest.mark.parametrize("wrong", [{{"name": ""}}, {{"price": -1}}, {{"stock": "many"}}])
def test_refused(wrong):
    assert not ProductSerializer(data={{"name": "a", "price": 1, "stock": 1, **wrong}}).is_valid()
"""
TEST_VIEWS = """import pytest
from rest_framework.test import APIClient
from {app}.models import Product

pytestmark = pytest.mark.django_db


@pytest.fixture
def product():
    return Product.objects.create(name="pen", price=10, stock=3)


def test_list(product):
    assert APIClient().get("/{app}/products/").json()[0]["total"] == 12


def test_left(product):
    assert len(APIClient().get("/{app}/products/?left").json()) == 1


def test_create():
    assert APIClient().post("/{app}/products/", {{"name": "ink", "price": 5}}).status_code == 201


@pytest.mark.parametrize("count, status", [(1, 200), (3, 200), (4, 409)])
def test_take(product, count, status):
    assert APIClient().post(f"/{app}/products/{{product.pk}}/take/", {{"count": count}}).status_code == status
"""


def write(root, apps=8):
    """The sources below `root`, which must not exist yet."""
    names = [f"department_{number}" for number in range(apps)]

    def put(path, text):
        path = root / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    put("pytest.ini", "[pytest]\npythonpath = .\nDJANGO_SETTINGS_MODULE = site_of_shop.settings\naddopts = --nomigrations\n")
    put(".coveragerc", "[run]\nsource = .\nomit = tests/*\n")
    put("site_of_shop/__init__.py", "")
    put("site_of_shop/settings.py", SETTINGS.format(apps=", ".join(map(repr, names))))
    paths = ", ".join(f'path("{name}/", include("{name}.urls"))' for name in names)
    put("site_of_shop/urls.py", f"from django.urls import include, path\n\nurlpatterns = [{paths}]\n")
    files = {"models": MODELS, "prices": PRICES, "serializers": SERIALIZERS, "views": VIEWS, "urls": URLS}
    tests = {"prices": TEST_PRICES, "serializers": TEST_SERIALIZERS, "views": TEST_VIEWS}
    for name in names:
        put(f"{name}/__init__.py", "")
        for file, text in files.items():
            put(f"{name}/{file}.py", text.format(app=name))
        for file, text in tests.items():
            put(f"tests/test_{name}_{file}.py", text.format(app=name))
