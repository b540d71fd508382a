// What boto3 does in the tests of clients, in Python: `python -c SCRIPT ENDPOINT BUCKET`, in a folder with `large.bin`.

/** An ordinary session's work. */
export const BOTO = `
import boto3, sys, urllib.request
from botocore.client import Config
endpoint, bucket = sys.argv[1:]
s3 = boto3.client('s3', endpoint_url=endpoint)
large = open('large.bin', 'rb').read()
s3.create_bucket(Bucket=bucket)
s3.upload_file('large.bin', bucket, 'large.bin')
s3.download_file(bucket, 'large.bin', bucket + '.bin')
assert open(bucket + '.bin', 'rb').read() == large
s3.put_object(Bucket=bucket, Key='ä b+c', Body=b'text', Metadata={'a': 'b'}, ContentType='text/plain')
found = s3.get_object(Bucket=bucket, Key='ä b+c')
assert found['Body'].read() == b'text' and found['Metadata'] == {'a': 'b'}
s3.copy({'Bucket': bucket, 'Key': 'large.bin'}, bucket, 'copy.bin')
keys = [o['Key'] for page in s3.get_paginator('list_objects_v2').paginate(Bucket=bucket, PaginationConfig={'PageSize': 2}) for o in page['Contents']]
assert keys == ['copy.bin', 'large.bin', 'ä b+c'], keys
for version in ('s3', 's3v4'):
    client = boto3.client('s3', endpoint_url=endpoint, config=Config(signature_version=version))
    url = client.generate_presigned_url('get_object', {'Bucket': bucket, 'Key': 'ä b+c', 'ResponseContentType': 'x/y'})
    answer = urllib.request.urlopen(url)
    assert answer.read() == b'text' and answer.headers['content-type'] == 'x/y'
    url = client.generate_presigned_url('put_object', {'Bucket': bucket, 'Key': 'put', 'ContentType': 'a/b'})
    urllib.request.urlopen(urllib.request.Request(url, data=b'put', method='PUT', headers={'Content-Type': 'a/b'}))
assert s3.head_object(Bucket=bucket, Key='put')['ContentType'] == 'a/b'
s3.delete_objects(Bucket=bucket, Delete={'Objects': [{'Key': key} for key in keys + ['put']]})
s3.delete_bucket(Bucket=bucket)
`;

/** Does what names a bucket, then what names none, as a client of another region. */
export const BOTO_ELSEWHERE = `
import boto3, sys
from botocore.exceptions import ClientError
s3 = boto3.client('s3', endpoint_url=sys.argv[1], region_name='eu-west-1')
s3.create_bucket(Bucket=sys.argv[2])
assert s3.head_bucket(Bucket=sys.argv[2])['ResponseMetadata']['HTTPHeaders']['x-amz-bucket-region'] == 'us-east-1'
s3.upload_file('large.bin', sys.argv[2], 'large.bin')
assert s3.get_object(Bucket=sys.argv[2], Key='large.bin')['Body'].read() == open('large.bin', 'rb').read()
s3.delete_object(Bucket=sys.argv[2], Key='large.bin')
s3.delete_bucket(Bucket=sys.argv[2])
try:
    s3.list_buckets()
    raise AssertionError('there is no bucket whose region it could follow')
except ClientError as error:
    assert "the region 'eu-west-1' is wrong; expecting 'us-east-1'" in str(error), error
`;
