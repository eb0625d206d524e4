from django.http import JsonResponse
from rest_framework import serializers, status
from rest_framework.decorators import api_view
from rest_framework.response import Response
from rest_framework.views import APIView

PETS = {"rex": {"name": "rex", "age": 3}}


class PetSerializer(serializers.Serializer):
    name = serializers.CharField()
    age = serializers.IntegerField(min_value=0)


class PetList(APIView):
    def get(self, request):
        return Response(list(PETS.values()))

    def post(self, request):
        serializer = PetSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        return Response(serializer.validated_data, status=status.HTTP_201_CREATED)


class PetView(APIView):
    def get(self, request, name):
        if name == "ghost":
            raise RuntimeError("nobody saw it")
        pet = PETS.get(name)
        return Response(pet) if pet else Response(status=status.HTTP_404_NOT_FOUND)

    def delete(self, request, name):
        return Response(status=status.HTTP_204_NO_CONTENT)


class PetPhoto(APIView):
    def put(self, request, name):
        return Response(status=status.HTTP_202_ACCEPTED)


@api_view(["GET"])
def adopted(request):
    return Response([])


def ping(request):
    return JsonResponse({"up": True})
