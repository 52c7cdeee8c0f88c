"""The bus: how facts get onto Kafka, and the Kafka that needs no server.

``embedded``      a Kafka in memory, on localhost, for development and tests
``mock_cluster``  the C interface below it
``profiles``      the numbers of both kinds of bus
``access``        where a Kafka is and who we are to it
``security``      certificates and users, for every client of it
``broker``        the FastStream broker of a service, and waiting for the bus
``mending``       what is changed in aiokafka, in one place
``absence``       telling that it does not answer, in few lines
``speaker``       publishing and replaying facts
"""
