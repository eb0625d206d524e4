from django.urls import path

from pets import PetList, PetPhoto, PetView, adopted, ping

urlpatterns = [
    path("api/pets/", PetList.as_view(), name="pets"),
    path("api/pets/mine/", adopted, name="mine"),
    path("api/pets/<str:name>/", PetView.as_view(), name="pet"),
    path("api/pets/<str:name>/photo/", PetPhoto.as_view(), name="photo"),
    path("ping/", ping),
]
